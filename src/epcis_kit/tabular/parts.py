"""Parts of events: what stands behind ``eventTime``, ``quantityList``, ``bizTransactionList`` and the like.

Takes the entry of one part in the mapping; gives functions from the values of a row to a value of the model. Each part
is a row of :data:`PARTS`: the field of the model it fills, and the form it is written in. Guarantees: words of the
standard are checked when the mapping is read, or in the row where they come from cells; an empty reference leaves its
part out; parts that repeat are made once.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import (
    BizLocation,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Extension,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    Source,
    Timestamp,
)
from epcis_kit.tabular.cells import CellRules, cell_reader
from epcis_kit.tabular.conditions import compile_condition
from epcis_kit.tabular.dates import instant, native_date, zone_of
from epcis_kit.tabular.faults import any_of, as_list, known, near
from epcis_kit.tabular.identifiers import key_maker
from epcis_kit.tabular.templates import Ref, Template, compile_template, text_of
from epcis_kit.tabular.units import unit_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.fields import Scope
    from epcis_kit.tabular.identifiers import Spelling
    from epcis_kit.tabular.templates import Get
    from epcis_kit.vocab.lists import Kind

__all__ = ["Context", "Many", "Single", "compile_part", "guarded", "time_maker", "word_maker"]

_KEPT: Final = 8192
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:\S+").fullmatch
_GLN_NUMBER: Final = re.compile(r"([0-9]{13}):(\S.{0,200})").fullmatch


class Context(NamedTuple):
    """What parts are compiled in.

    Attributes:
        scope: Fields and columns.
        spelling: How identifiers are written.
        namespaces: Prefix to namespace.
        zone: Zone of the event's times where their fields name none.
    """

    scope: Scope
    spelling: Spelling
    namespaces: dict[str, str]
    zone: Get | None = None


class Single(NamedTuple):
    """A field of an event that has one value.

    Attributes:
        name: Field of the model.
        get: Value of a row; ``None`` for nothing.
        slots: What it reads.
        aggregate: Which value of a group counts; ``None`` where all have to agree.
        told: Name in the mapping.
    """

    name: str
    get: Get
    slots: frozenset[int]
    aggregate: str | None
    told: str


class Many(NamedTuple):
    """A field of an event that is a list.

    Attributes:
        name: Field of the model.
        get: Values of a row.
        unique: The same value stands in the list of a group once.
    """

    name: str
    get: Callable[[list[Any]], tuple[Any, ...]]
    unique: bool


def compile_part(name: str, field: str, form: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: PLR0917 - one call
    """The functions of one part.

    Raises:
        MappingError: Its entry is wrong.
    """
    made: list[Single | Many] = _FORMS[form](name, field, content, context, place)
    return made


# -- one value


def _single(name: str, field: str, template: Template, get: Get) -> list[Single | Many]:
    return [Single(field, get, template.slots, template.aggregate, name)]


def _text(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    template = compile_template(content, context.scope, place)
    return _single(name, field, template, template.text)


def _action(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    template = compile_template(content, context.scope, place)
    words = ("ADD", "OBSERVE", "DELETE")
    if template.constant and template.source not in words:
        raise MappingError(f"{place}: expected ADD, OBSERVE or DELETE, got {shorten(template.source)}"
                           f"{near(template.source, words)}.")  # fmt: skip
    text = template.text

    def get(values: list[Any]) -> str | None:
        word = text(values)
        if word is not None and word not in words:
            raise ValueError(f"Cannot use action {shorten(word)}: expected ADD, OBSERVE or DELETE.")
        return word

    return _single(name, field, template, text if template.constant else get)


def word_maker(kind: Kind, template: Template, place: str) -> Get:
    """The function that gives a word of the standard, or a URI.

    Raises:
        MappingError: A constant is neither.
    """
    from epcis_kit.vocab import is_term, suggest, to_bare  # noqa: PLC0415 - loaded when a mapping is read

    def bare(text: str) -> str:
        word = to_bare(kind, text)
        if is_term(kind, word) or _URI(word):
            return word
        nearest = suggest(kind, text)
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        raise ValueError(f"Cannot use {shorten(text)}: expected a word of the standard or a URI{hint}.")

    if template.constant:
        try:
            word = bare(template.source)
        except ValueError as error:
            raise MappingError(f"{place}: {str(error)[0].lower()}{str(error)[1:]}") from None
        return lambda _: word
    text, kept = template.text, dict[str, str]()

    def get(values: list[Any]) -> str | None:
        written = text(values)
        if written is None:
            return None
        found = kept.get(written)
        if found is None:
            found = bare(written)
            if len(kept) < _KEPT:
                kept[written] = found
        return found

    return get


def _word(kind: Kind) -> Any:
    def compiled(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
        template = compile_template(content, context.scope, place)
        return _single(name, field, template, word_maker(kind, template, place))

    return compiled


def time_maker(template: Template, context: Context) -> Get:
    """The function that gives the instant of a date, a time or a text."""
    scope = context.scope
    get, zone_get, rules = template.value, context.zone, scope.defaults.dates
    if len(template.parts) == 1 and isinstance(template.parts[0], Ref):
        slot = scope.slots[template.parts[0].slot]
        zone_get = slot.zone or zone_get
        rules = slot.dates or rules
    kept: dict[Any, Timestamp] = {}
    default = scope.defaults.zone

    def make(values: list[Any]) -> Timestamp | None:
        value = get(values)
        if value is None:
            return None
        zone_text = None if zone_get is None else zone_get(values)
        key = (value, zone_text, value.__class__)
        found = kept.get(key)
        if found is None:
            found = _instant(value, zone_text, rules)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = found
        return found

    def _instant(value: Any, zone_text: str | None, rules: Any) -> Timestamp:
        zone = default
        if zone_text is not None:
            zone = zone_of(zone_text)
            if zone is None:
                raise ValueError(
                    f"Cannot use time zone {shorten(zone_text)}: expected an offset such as '+02:00' or a name such "
                    "as 'Europe/Berlin'."
                )
        if not isinstance(value, date):
            moment = native_date(text_of(value))
            if moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None):
                return Timestamp.parse(text_of(value))
            value = moment
        return instant(value, zone, rules)

    return make


def _time(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    template = compile_template(content, context.scope, place)
    return _single(name, field, template, time_maker(template, context))


def _key(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    template = compile_template(content, context.scope, place)
    return _single(name, field, template, key_maker(template, context.scope, context.spelling, place))


def _place(cls: type[ReadPoint | BizLocation]) -> Any:
    def compiled(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
        if isinstance(content, dict) and set(content) == {"id"}:
            content = content["id"]
        template = compile_template(content, context.scope, place)
        make = key_maker(template, context.scope, context.spelling, place, as_place=True)
        return _single(name, field, template, _kept_part(make, lambda key: cls.from_checked({"id": key})))

    return compiled


def _kept_part(make: Get, build: Callable[[Any], Any]) -> Get:
    """``build`` of what ``make`` gives; the same thing gives the same part."""
    kept: dict[Any, Any] = {}

    def get(values: list[Any]) -> Any:
        key = make(values)
        if key is None:
            return None
        part = kept.get(key)
        if part is None:
            part = build(key)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = part
        return part

    return get


# -- lists


def guarded(get: Get, item: Any, context: Context, place: str) -> Get:
    """``get`` where the ``when`` of its entry holds, nothing elsewhere."""
    if not isinstance(item, dict) or "when" not in item:
        return get
    holds = compile_condition(item["when"], context.scope, f"{place}, when").holds
    return lambda values: get(values) if holds(values) else None


def _listed(gets: list[Get]) -> Callable[[list[Any]], tuple[Any, ...]]:
    if len(gets) == 1:
        only = gets[0]
        return lambda values: () if (made := only(values)) is None else (made,)
    return lambda values: tuple([made for get in gets if (made := get(values)) is not None])


def _keys(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: ARG001 - one signature
    gets = []
    for item in as_list(content, place):
        text = item
        if isinstance(item, dict) and "id" in item:
            known(item, ("id", "when"), place)
            text = item["id"]
        template = compile_template(text, context.scope, place)
        gets.append(guarded(key_maker(template, context.scope, context.spelling, place), item, context, place))
    return [Many(field, _listed(gets), unique=True)]


def _texts(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: ARG001 - one signature
    items = content if isinstance(content, list) else [content]
    return [Many(field, _listed([compile_template(item, context.scope, place).text for item in items]), unique=True)]


def _items(
    content: Any, names: tuple[str, ...], needed: tuple[str, ...], what: str, place: str
) -> list[dict[str, Any]]:
    result = []
    for item in as_list(content, place):
        if not isinstance(item, dict):
            raise MappingError(f"{place}: expected {{{', '.join(names[:3])}}}, got {shorten(item)}.")
        known(item, names, place)
        if not any(name in item for name in needed):
            raise MappingError(f"{place}: expected {needed[0]!r} in each {what}.")
        result.append(item)
    return result


def _quantities(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: ARG001 - one signature
    gets: list[Get] = []
    others: list[Single | Many] = []
    names = ("class", "quantity", "uom", "when", "ilmd", "epcClass")
    for item in _items(content, names, ("class", "epcClass"), "quantity", place):
        template = compile_template(item.get("class", item.get("epcClass")), context.scope, place)
        key = key_maker(template, context.scope, context.spelling, place)
        get = _quantity(key, _number(item, context, place), _uom(item, context, place))
        gets.append(guarded(get, item, context, place))
        if "ilmd" in item:
            for part in _extensions("ilmd", "ilmd", item["ilmd"], context, f"{place}, ilmd"):
                assert isinstance(part, Single)
                others.append(part._replace(get=guarded(part.get, item, context, place)))
    return [Many(field, _listed(gets), unique=False), *others]


def _quantity(key: Get, number: Get | None, uom: Get | None) -> Get:
    build = QuantityElement.from_checked

    def get(values: list[Any]) -> Any:
        made = key(values)
        if made is None:
            return None
        state: dict[str, Any] = {"epc_class": made}
        if number is not None and (amount := number(values)) is not None:
            state["quantity"] = amount
            if uom is not None and (unit := uom(values)) is not None:
                state["uom"] = unit
        return build(state)

    return get


def _number(item: dict[str, Any], context: Context, place: str, name: str = "quantity") -> Get | None:
    if name not in item:
        return None
    template = compile_template(item[name], context.scope, f"{place}, {name}")
    if template.kind in {"decimal", "integer"}:
        return template.value
    read = cell_reader("decimal", CellRules() if template.constant else context.scope.defaults.cells, place)
    if template.constant:
        try:
            value = read(template.source, [])
        except ValueError as error:
            raise MappingError(f"{place}, {name}: {error}") from None
        return lambda _: value
    typed = template.value

    def get(values: list[Any]) -> Any:
        found = typed(values)
        return found if found is None or isinstance(found, Decimal) else read(text_of(found).strip(), [])

    return get


def _uom(item: dict[str, Any], context: Context, place: str) -> Get | None:
    if "uom" not in item:
        return None
    template = compile_template(item["uom"], context.scope, f"{place}, uom")
    if template.kind == "uom":
        return template.value
    if template.constant:
        try:
            code = unit_code(template.source)
        except ValueError as error:
            raise MappingError(f"{place}, uom: {error}") from None
        return lambda _: code
    text = template.text
    return lambda values: None if (made := text(values)) is None else unit_code(made)


def _pairs(cls: Any, own: str, kind: Kind) -> Any:
    field_name = {"bizTransaction": "biz_transaction"}.get(own, own)
    is_transaction = own == "bizTransaction"

    def compiled(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: ARG001 - one signature
        gets = []
        for item in _items(content, ("type", "id", "when", own), ("id", own), "entry", place):
            written = item.get("id", item.get(own))
            template = compile_template(written, context.scope, place)
            make = (
                _transaction_id(template, context, place)
                if is_transaction
                else key_maker(template, context.scope, context.spelling, place, as_place=True)
            )
            word: Get | None = None
            if "type" in item:
                word = word_maker(kind, compile_template(item["type"], context.scope, place), f"{place}, type")

            def both(values: list[Any], make: Get = make, word: Get | None = word) -> Any:
                key = make(values)
                return None if key is None else (None if word is None else word(values), key)

            get = _kept_part(both, lambda pair: cls.from_checked({"type": pair[0], field_name: pair[1]}))
            gets.append(guarded(get, item, context, place))
        return [Many(field, _listed(gets), unique=True)]

    return compiled


def _transaction_id(template: Template, context: Context, place: str) -> Get:
    """A URI, a GS1 key, or ``GLN:number``, which is written as a business transaction of that GLN."""
    if len(template.parts) == 1 or template.call is not None:
        parts = template.parts
        if template.call is not None or (
            isinstance(parts[0], Ref) and parts[0].kind in {"gln", "gtin", "sscc", "scan"}
        ):
            return key_maker(template, context.scope, context.spelling, place)
    text = template.text

    def get(values: list[Any]) -> str | None:
        made = text(values)
        if made is None:
            return None
        match = _GLN_NUMBER(made)
        if match is not None:
            from urllib.parse import quote  # noqa: PLC0415 - rarely needed

            return f"urn:epcglobal:cbv:bt:{match[1]}:{quote(match[2], safe='-._~!$()*+,;=:@')}"
        if _URI(made):
            return made
        raise ValueError(
            f"Cannot use {shorten(made)} as a business transaction: expected a URI, or 'GLN:number' such as "
            "'{buyer}:{order}'."
        )

    return get


# -- trees


def _extensions(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    slots: set[int] = set()
    make = _tree(content, context, place, slots)
    return [Single(field, make, frozenset(slots), "merge", name)]


def _tree(value: Any, context: Context, place: str, slots: set[int]) -> Get:
    if not isinstance(value, dict):
        raise MappingError(f"{place}: expected names and values, got {shorten(value)}.")
    rows = []
    for name, content in value.items():
        prefix, colon, local = name.partition(":")
        if place.endswith("ilmd") and not colon and name in _MDA:
            prefix, local = "cbvmda", name
        elif not colon or not local or prefix not in context.namespaces:
            raise MappingError(
                f"{place}: expected a name with a declared prefix ({any_of(context.namespaces)}), got {shorten(name)}."
            )
        many = isinstance(content, list)
        for item in content if isinstance(content, list) else [content]:
            inner, each = _leaf(item, context, f"{place}, {name}", slots)
            array = "member" if many or each else ""
            rows.append((context.namespaces[prefix], local, prefix, inner, array))

    def make(values: list[Any]) -> tuple[Extension, ...] | None:
        made = []
        for namespace, local, prefix, inner, array in rows:
            found = inner(values)
            if found is not None:
                made.append(Extension(namespace, local, found, prefix=prefix, array=array))  # type: ignore[arg-type]
        return tuple(made) or None

    return make


def _leaf(item: Any, context: Context, place: str, slots: set[int]) -> tuple[Get, bool]:
    if isinstance(item, dict) and not any(key in item for key in ("col", "const", "template", "lookup", "first_of")):
        return _tree(item, context, place, slots), False
    if isinstance(item, bool):
        return (lambda _: item), False
    template = compile_template(item, context.scope, place)
    slots |= template.slots
    value = template.value

    def get(values: list[Any]) -> Any:
        found = value(values)
        if found is None or isinstance(found, (str, bool, int, Decimal)):
            return found
        return text_of(found)

    return get, template.aggregate == "each"


_MDA: Final = frozenset({
    "lotNumber", "itemExpirationDate", "productionDate", "bestBeforeDate", "sellByDate", "harvestStartDate",
    "harvestEndDate", "countryOfOrigin", "drainedWeight", "grossWeight", "netWeight", "measurement", "bestBefore",
    "manufacturerOfGoods", "farmList", "vesselCatchInformationList", "preservationTechniqueCode", "firstFreezeDate",
    "growingMethodCode", "storageStateCode", "dateOfHarvest", "coolingDate",
})  # fmt: skip
"""Names of the CBV's own lot and item attributes, which may stand without their prefix in ``ilmd``."""


def _dispositions(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    if not isinstance(content, dict):
        raise MappingError(f"{place}: expected {{set: […], unset: […]}}, got {shorten(content)}.")
    known(content, ("set", "unset"), place)
    slots: set[int] = set()
    made: dict[str, list[Get]] = {}
    for side, words in content.items():
        made[side] = []
        for item in words if isinstance(words, list) else [words]:
            template = compile_template(item, context.scope, place)
            slots |= template.slots
            made[side].append(word_maker("disposition", template, f"{place}, {side}"))

    def get(values: list[Any]) -> Any:
        state = {
            side: tuple([word for each in gets if (word := each(values)) is not None]) for side, gets in made.items()
        }
        return PersistentDisposition.from_checked(state) if any(state.values()) else None

    return [Single(field, get, frozenset(slots), None, name)]


def _declaration(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    if not isinstance(content, dict):
        raise MappingError(
            f"{place}: expected {{declarationTime, reason, correctiveEventIDs}}, got {shorten(content)}."
        )
    known(content, ("declarationTime", "reason", "correctiveEventIDs", "when"), place)
    slots: set[int] = set()
    time_get = reason = None
    if "declarationTime" in content:
        template = compile_template(content["declarationTime"], context.scope, place)
        slots |= template.slots
        time_get = time_maker(template, context)
    if "reason" in content:
        template = compile_template(content["reason"], context.scope, place)
        slots |= template.slots
        reason = word_maker("error_reason", template, place)
    ids = [compile_template(item, context.scope, place).text for item in content.get("correctiveEventIDs", [])]

    def make(values: list[Any]) -> Any:
        return ErrorDeclaration.from_checked(
            {
                "declaration_time": None if time_get is None else time_get(values),
                "reason": None if reason is None else reason(values),
                "corrective_event_ids": tuple([made for each in ids if (made := each(values)) is not None]),
            }
        )

    return [Single(field, guarded(make, content, context, place), frozenset(slots), None, name)]


def _sensors(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: ARG001 - one signature
    from epcis_kit.tabular.sensors import sensor_maker  # noqa: PLC0415 - that module needs the forms of this one

    gets = []
    for item in as_list(content, place):
        if not isinstance(item, dict):
            raise MappingError(f"{place}: expected {{time, report}}, got {shorten(item)}.")
        gets.append(guarded(sensor_maker(item, context, place), item, context, place))
    return [Many(field, _listed(gets), unique=False)]


_FORMS: Final[dict[str, Any]] = {
    "text": _text,
    "action": _action,
    "biz_step": _word("biz_step"),
    "disposition": _word("disposition"),
    "time": _time,
    "key": _key,
    "keys": _keys,
    "texts": _texts,
    "read_point": _place(ReadPoint),
    "biz_location": _place(BizLocation),
    "quantities": _quantities,
    "transactions": _pairs(BizTransaction, "bizTransaction", "biz_transaction_type"),
    "sources": _pairs(Source, "source", "source_dest_type"),
    "destinations": _pairs(Destination, "destination", "source_dest_type"),
    "extensions": _extensions,
    "dispositions": _dispositions,
    "declaration": _declaration,
    "sensors": _sensors,
}
