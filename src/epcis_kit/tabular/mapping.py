"""A mapping, read, checked and compiled: what the rest of the room works with.

Takes YAML, TOML or a plain dict; gives a frozen :class:`Mapping` whose fields, events and document head are compiled.
Guarantees: every name in the file is known (a misspelt one is answered with the nearest known one), fields and files
that need themselves are refused, and all that can be wrong in a mapping is found here and not at row ten thousand; what
only a table can tell (whether it has the columns) is found before its first row.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.gs1.identity_links import CANONICAL_STEM
from epcis_kit.model import WELL_KNOWN_PREFIXES
from epcis_kit.tabular.cells import CellRules
from epcis_kit.tabular.conditions import Condition, compile_condition
from epcis_kit.tabular.dates import DateRules, zone_of
from epcis_kit.tabular.dedupe import Dedupe, compile_dedupe
from epcis_kit.tabular.events import EVENT_SHAPES, EventPlan, compile_event, compile_ids
from epcis_kit.tabular.faults import Faults, as_list, as_table, known, one_of
from epcis_kit.tabular.fields import Defaults, Scope
from epcis_kit.tabular.headers import HeaderWish, Wanted
from epcis_kit.tabular.heads import HeadPlan, compile_head, masterdata_lookups
from epcis_kit.tabular.identifiers import Spelling
from epcis_kit.tabular.levels import compile_levels, level_plans, top_level
from epcis_kit.tabular.lookups import Lookup, compile_lookups, load_lookup
from epcis_kit.tabular.mapping_files import MappingFile, read_mapping
from epcis_kit.tabular.part_kinds import Context

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from epcis_kit.model import Document, Timestamp

__all__ = ["EVENT_SHAPES", "EventPlan", "Mapping", "OnError", "compile_mapping", "load_mapping"]

TOP: Final = (
    "epcis_map", "id", "title", "description", "extends", "source", "defaults", "namespaces", "const", "lookups",
    "fields", "filter", "dedupe", "levels", "events", "event_id", "document", "validate", "state", "on_error", "tests",
)  # fmt: skip
SOURCE: Final = (
    "format", "delimiter", "quote", "encoding", "null", "sheet", "header", "short_rows", "query", "dsn_env", "records",
    "explode",
)  # fmt: skip
DEFAULTS: Final = (
    "tz", "ids", "version", "check_digit", "lost_zeros", "dot_zero", "decimal", "gcp_length", "gcp", "stem",
    "date_only", "dst_gap", "dst_fold", "day00", "pseudonym_key",
)  # fmt: skip
_FORMATS: Final = ("auto", "csv", "xlsx", "jsonl", "json", "sql", "rows")
_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%").fullmatch


@dataclasses.dataclass(frozen=True, slots=True)
class OnError:
    """What a run does with rows it rejects.

    Attributes:
        file: Where they are written.
        max_count: Most of them before the run stops; ``None`` for any number.
        max_share: The same, as a share of the rows.
    """

    file: str | None = None
    max_count: int | None = None
    max_share: float | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping, compiled.

    Attributes:
        id: Name of the mapping.
        path: Its file; ``None`` for a dict.
        digest: SHA-256 of its content, with everything it extends.
        source: How the table is read: ``format``, ``delimiter``, ``encoding``, ``sheet``, ``header`` and so on.
        namespaces: Prefix to namespace.
        scope: Fields, columns and constants.
        events: What each row, or each group of rows, makes.
        filter: Which rows count; ``None`` for all.
        dedupe: Which repeated rows are left out.
        lookups: Tables beside the table.
        head_plan: What stands before the events.
        version: EPCIS version that is meant to be written.
        profile: Rules that the result has to pass; ``None`` for none.
        fail_on: Severity from which on it does not pass.
        on_error: What to do with rejected rows.
        watermark: Column by which a later run knows what is new.
        tests: The mapping's own tests, as written.
    """

    id: str
    path: Path | None
    digest: str
    source: dict[str, Any]
    namespaces: tuple[tuple[str, str], ...]
    scope: Scope
    events: tuple[EventPlan, ...]
    filter: Condition | None
    dedupe: Dedupe | None
    lookups: dict[str, Lookup]
    head_plan: HeadPlan
    version: str
    profile: str | None
    fail_on: str
    on_error: OnError
    watermark: str | None
    tests: tuple[Any, ...]

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The columns that a table has to have."""
        return tuple(Wanted(step.names, step.pattern) for step in self.scope.columns if not step.optional)

    @property
    def optional(self) -> tuple[Wanted, ...]:
        """The columns that a table may have."""
        return tuple(Wanted(step.names, step.pattern) for step in self.scope.columns if step.optional)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a table has to have, the first name of each."""
        return tuple(dict.fromkeys(wanted.names[0] for wanted in self.wanted))

    @property
    def needs_all_rows(self) -> bool:
        """True where events come only after the last row, because rows of a group may stand anywhere."""
        return any(plan.group is not None and plan.group.mode == "spill" for plan in self.events)

    def head(self, creation_date: Timestamp | None, first: list[Any] | None = None) -> Document:
        """The document without its events.

        Args:
            creation_date: When it is made; no clock is read here.
            first: Values of the first row, for what depends on rows.

        Raises:
            MappingError: A part of it has no value.
        """
        values = first
        if values is None:
            values = [self.scope.base.get(slot.index) for slot in self.scope.slots]
        try:
            return self.head_plan.document(self.namespaces, creation_date, values, self.version)
        except ValueError as error:
            raise MappingError(f"{self.id or 'mapping'}, document: {error}") from None


def load_mapping(source: str | os.PathLike[str] | dict[str, Any] | Mapping) -> Mapping:
    """A mapping from a ``.yaml``, ``.yml`` or ``.toml`` file, or from a dict.

    Raises:
        MappingError: Something in it is wrong; the message names the place and, where there is one, the nearest right
        word. OSError: The file cannot be opened.
    """
    if isinstance(source, Mapping):
        return source
    faults = Faults()
    made = compile_mapping(read_mapping(source), faults)
    if faults.errors:
        raise faults.errors[0]
    assert made is not None
    return made


def compile_mapping(file: MappingFile, faults: Faults) -> Mapping | None:
    """The mapping of its content; all its faults go to ``faults``, and ``None`` comes back where there are some."""
    content, where = file.content, file.where
    with faults.gather():
        known(content, TOP, where)
    with faults.gather():
        if content.get("epcis_map") != 1:
            raise MappingError(f"{where}: expected 'epcis_map: 1', got {shorten(content.get('epcis_map'))}.")
    if faults.errors:
        return None
    source: dict[str, Any] = {}
    defaults, spelling_spec = Defaults(), {}
    folder = None if file.path is None else file.path.parent
    lookups: dict[str, Lookup] = {}
    tables: dict[str, Lookup] = {}
    with faults.gather():
        source = _source(content, where)
    with faults.gather():
        spelling_spec = as_table(content, "defaults", where)
        defaults = _defaults(spelling_spec, source, f"{where}, defaults")
    with faults.gather():
        lookups = compile_lookups(content, folder, where)
        tables = masterdata_lookups(content, folder, where)
        for lookup in (*lookups.values(), *tables.values()):
            if lookup.file not in {None, "same"}:
                load_lookup(lookup)
        if "products" in tables:
            lookups.setdefault("masterdata.products", tables["products"])
    if faults.errors:
        return None
    return _compile(content, file, folder, source, defaults, spelling_spec, lookups, tables, faults)


def _compile(  # noqa: PLR0917 - one call
    content: dict[str, Any], file: MappingFile, folder: Path | None, source: dict[str, Any], defaults: Defaults,
    spelling_spec: dict[str, Any], lookups: dict[str, Lookup], tables: dict[str, Lookup], faults: Faults,
) -> Mapping | None:  # fmt: skip
    where = file.where
    fields: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    namespaces: dict[str, Any] = {}
    with faults.gather():
        fields = as_table(content, "fields", where)
        constants = as_table(content, "const", where)
        namespaces = {**WELL_KNOWN_PREFIXES, **as_table(content, "namespaces", where)}
    mapping_id = str(content.get("id", "") or "")
    scope = Scope(fields, constants, lookups, defaults, mapping_id, where)
    for name in fields:
        with faults.gather():
            scope.field(name)
    if faults.errors:
        return None
    spelling = Spelling()
    with faults.gather():
        spelling = _spelling(spelling_spec, scope, folder, f"{where}, defaults")
    context = Context(scope, spelling, namespaces)
    plans: list[EventPlan] = []
    with faults.gather():
        ids = compile_ids(content.get("event_id"), context, f"{where}, event_id")
        levels = compile_levels(content.get("levels", []), context, tables.get("products"), where)
        events = content.get("events")
        if not isinstance(events, list) or not events:
            raise MappingError(f"{where}: expected a list of events, got {shorten(events)}.")
        for number, event in enumerate(events, 1):
            with faults.gather():
                if isinstance(event, dict) and "use" in event:
                    plans += level_plans(event, number, levels, context, ids, where)
                    continue
                plan = compile_event(event, number, context, ids, where)
                if event.get("epcList") == "top_level":
                    many = (top_level(levels, f"{where}, event {number}"), *plan.many)
                    plan = dataclasses.replace(plan, many=many)
                plans.append(plan)
    condition, dedupe, head = None, None, HeadPlan()
    profile: str | None = None
    fail_on, on_error, watermark = "error", OnError(), None
    with faults.gather():
        condition = compile_condition(content["filter"], scope, f"{where}, filter") if "filter" in content else None
    with faults.gather():
        dedupe = compile_dedupe(content["dedupe"], context, f"{where}, dedupe") if "dedupe" in content else None
    with faults.gather():
        head = compile_head(content, context, tables, where)
    with faults.gather():
        profile, fail_on = _validate(content, where)
        on_error = _on_error(content, where)
        watermark = _state(content, where)
        as_list(content.get("tests", []), f"{where}, tests")
    if faults.errors:
        return None
    return Mapping(
        id=mapping_id, path=file.path, digest=file.digest, source=source,
        namespaces=tuple(as_table(content, "namespaces", where).items()), scope=scope, events=tuple(plans),
        filter=condition, dedupe=dedupe, lookups=lookups, head_plan=head,
        version=str(one_of(spelling_spec, "version", ("2.0", "1.2"), f"{where}, defaults", "2.0")),
        profile=profile, fail_on=fail_on, on_error=on_error, watermark=watermark,
        tests=tuple(content.get("tests", [])),
    )  # fmt: skip


def _source(content: dict[str, Any], where: str) -> dict[str, Any]:
    source = dict(as_table(content, "source", where))
    place = f"{where}, source"
    known(source, SOURCE, place)
    one_of(source, "format", _FORMATS, place, None)
    one_of(source, "short_rows", ("error", "fill"), place, None)
    for name in ("delimiter", "quote"):
        value = source.get(name)
        if value in {"\\t", "tab"}:
            source[name] = "\t"
        elif value is not None and (not isinstance(value, str) or (len(value) != 1 and value != "auto")):
            raise MappingError(
                f"{place}: expected one character as {name}{', or ' + repr('auto') if name == 'delimiter' else ''}, "
                f"got {shorten(value)}."
            )
    HeaderWish.of(source.get("header"), f"{place}, header")
    if "null" in source:
        source["null"] = ["" if word is None else str(word) for word in as_list(source["null"], f"{place}, null")]
    return source


def _defaults(content: dict[str, Any], source: dict[str, Any], place: str) -> Defaults:
    known(content, DEFAULTS, place)
    zone = None
    if "tz" in content:
        zone = zone_of(str(content["tz"]))
        if zone is None:
            raise MappingError(
                f"{place}, tz: expected an offset such as '+02:00' or a zone such as 'Europe/Berlin', "
                f"got {shorten(content['tz'])}."
            )
    key = content.get("pseudonym_key")
    return Defaults(
        cells=CellRules.of(content, CellRules(), place),
        dates=DateRules.of(content, DateRules(), place),
        zone=zone,
        zone_text=None if "tz" not in content else str(content["tz"]),
        null=frozenset(source.get("null", [""])) | {""},
        pseudonym_key=None if key is None else str(key),
    )


def _spelling(content: dict[str, Any], scope: Scope, folder: Path | None, place: str) -> Spelling:
    ids = str(one_of(content, "ids", ("digital_link", "urn"), place, "digital_link"))
    length = content.get("gcp_length")
    if length is not None and (isinstance(length, bool) or length not in range(6, 13)):
        raise MappingError(f"{place}: expected gcp_length 6 to 12, got {shorten(length)}.")
    stem = content.get("stem", CANONICAL_STEM)
    if not isinstance(stem, str) or not re.fullmatch(r"https?://[^\s?#]{1,200}", stem):
        raise MappingError(f"{place}: expected stem such as 'https://id.example.com', got {shorten(stem)}.")
    gcp = content.get("gcp", {})
    if not isinstance(gcp, dict):
        raise MappingError(
            f"{place}, gcp: expected {{table: file}}, {{prefixes: […]}} or {{column: name}}, got {shorten(gcp)}."
        )
    known(gcp, ("table", "prefixes", "column", "unknown"), f"{place}, gcp")
    prefixes = {str(prefix) for prefix in as_list(gcp.get("prefixes", []), f"{place}, gcp, prefixes")}
    if "table" in gcp:
        prefixes |= _prefix_table(str(gcp["table"]), folder, f"{place}, gcp, table")
    wrong = next((prefix for prefix in prefixes if not re.fullmatch("[0-9]{6,12}", prefix)), None)
    if wrong is not None:
        raise MappingError(f"{place}, gcp: expected company prefixes of 6 to 12 digits, got {shorten(wrong)}.")
    column, slots = None, frozenset[int]()
    if "column" in gcp:
        template = scope.named(gcp["column"], f"{place}, gcp, column")
        column, slots = template.text, template.slots
    version = content.get("version", "2.0")
    unknown = one_of(gcp, "unknown", ("digital_link", "error"), f"{place}, gcp",
                     "error" if version == "1.2" else "digital_link")  # fmt: skip
    return Spelling(
        ids=ids, stem=stem.rstrip("/"), gcp_length=length, prefixes=frozenset(prefixes), column=column, slots=slots,
        unknown=str(unknown),
    )  # fmt: skip


def _prefix_table(file: str, folder: Path | None, place: str) -> set[str]:
    """Company prefixes of a table: its column ``prefix``, or else its first one."""
    from epcis_kit.errors import DocumentError  # noqa: PLC0415 - rarely needed
    from epcis_kit.tabular.sources import open_rows  # noqa: PLC0415

    path = file if folder is None else folder / file
    try:
        with open_rows(path) as rows:
            at = next((index for index, name in enumerate(rows.header) if name.casefold() in {"prefix", "gcp"}), 0)
            return {cells[at].strip() for _, cells, fault in rows if cells and fault is None and cells[at].strip()}
    except (OSError, DocumentError) as error:
        raise MappingError(f"{place}: cannot be read: {error}") from None


def _validate(content: dict[str, Any], where: str) -> tuple[str | None, str]:
    spec = as_table(content, "validate", where)
    known(spec, ("profile", "fail_on"), f"{where}, validate")
    profile = spec.get("profile", "core" if "validate" in content else None)
    fail_on = str(one_of(spec, "fail_on", ("error", "warning"), f"{where}, validate", "error"))
    return (None if profile is None else str(profile)), fail_on


def _on_error(content: dict[str, Any], where: str) -> OnError:
    spec = as_table(content, "on_error", where)
    known(spec, ("file", "max"), f"{where}, on_error")
    file = None if "file" not in spec else str(spec["file"])
    most = spec.get("max")
    if most is None:
        return OnError(file)
    match = _SHARE(str(most))
    if match is not None:
        return OnError(file, max_share=float(match[1]) / 100)
    if isinstance(most, int) and not isinstance(most, bool) and most >= 0:
        return OnError(file, max_count=most)
    raise MappingError(
        f"{where}, on_error: expected max to be a number of rows or a share such as '1%', got {shorten(most)}."
    )


def _state(content: dict[str, Any], where: str) -> str | None:
    spec = as_table(content, "state", where)
    known(spec, ("watermark",), f"{where}, state")
    return None if "watermark" not in spec else str(spec["watermark"])
