"""Parts of events: what stands behind ``eventTime``, ``quantityList``, ``bizTransactionList`` and the like.

Takes the entry of one part in the mapping; gives functions from the values of a row to a value of the model. Each part
is a row of :data:`PARTS`: the field of the model it fills, and the form it is written in. Guarantees: words of the
standard are checked when the mapping is read, or in the row where they come from cells; an empty reference leaves its
part out; parts that repeat are made once.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import (
    BizLocation,
    BizTransaction,
    Destination,
    QuantityElement,
    ReadPoint,
    Source,
)
from epcis_kit.tabular.cells import CellRules, cell_reader
from epcis_kit.tabular.faults import as_list, known, near
from epcis_kit.tabular.identifiers import key_maker
from epcis_kit.tabular.part_kinds import Context, Many, Single, guarded, kept_part, memoized, time_maker, word_maker
from epcis_kit.tabular.part_trees import declaration_part, dispositions_part, extensions_part
from epcis_kit.tabular.templates import Ref, Template, compile_template, text_of
from epcis_kit.tabular.units import unit_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.templates import Get
    from epcis_kit.vocab.lists import Kind

__all__ = ["Context", "Many", "Single", "compile_part", "guarded", "time_maker", "word_maker"]

_NOT_KEPT: Final = frozenset({"text", "action", "time", "key", "quantities", "sensors", "declaration"})
_LOOSE: Final = frozenset({"decimal", "integer", "datetime"})
"""Types whose values may be equal and yet be written differently (1.0 and 1.00)."""
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:\S+").fullmatch
_GLN_NUMBER: Final = re.compile(r"([0-9]{13}):(\S.{0,200})").fullmatch


def compile_part(name: str, field: str, form: str, content: Any, context: Context, place: str) -> list[Single | Many]:  # noqa: PLR0917 - one call
    """The functions of one part.

    Raises:
        MappingError: Its entry is wrong.
    """
    asked = context.scope.watch()
    made: list[Single | Many] = _FORMS[form](name, field, content, context, place)
    context.scope.unwatch(asked)
    slots = frozenset(asked) | context.spelling.slots
    made = [part._replace(slots=part.slots | slots) if isinstance(part, Single) else part for part in made]
    if form in _NOT_KEPT or any(context.scope.slots[slot].kind in _LOOSE for slot in slots):
        return made
    return [part._replace(get=memoized(part.get, slots)) for part in made]


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


def _word(kind: Kind) -> Any:
    def compiled(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
        template = compile_template(content, context.scope, place)
        return _single(name, field, template, word_maker(kind, template, place))

    return compiled


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
        return _single(name, field, template, kept_part(make, lambda key: cls.from_checked({"id": key})))

    return compiled


# -- lists


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
        asked = context.scope.watch()
        key = key_maker(template, context.scope, context.spelling, place)
        context.scope.unwatch(asked)
        slots = template.slots | asked | context.spelling.slots
        if not any(context.scope.slots[slot].kind in _LOOSE for slot in slots):
            key = memoized(key, slots)
        get = _quantity(key, _number(item, context, place), _uom(item, context, place))
        gets.append(guarded(get, item, context, place))
        if "ilmd" in item:
            for part in extensions_part("ilmd", "ilmd", item["ilmd"], context, f"{place}, ilmd"):
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

            get = kept_part(both, lambda pair: cls.from_checked({"type": pair[0], field_name: pair[1]}))
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
    "extensions": extensions_part,
    "dispositions": dispositions_part,
    "declaration": declaration_part,
    "sensors": _sensors,
}
