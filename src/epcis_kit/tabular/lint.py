"""A mapping looked at before it is used, and its own tests.

Takes a mapping file; gives everything that is wrong with it as findings, and doubts as warnings; runs the ``tests`` of
the mapping. Guarantees: no table is needed to lint; with the names of its columns the columns are checked too; a test
says what it expected and what it got.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit._resources import read_text
from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.tabular.convert import TableRun
from epcis_kit.tabular.faults import Faults, near
from epcis_kit.tabular.headers import HeaderIndex, Wanted
from epcis_kit.tabular.mapping import Mapping, compile_mapping, load_mapping
from epcis_kit.tabular.mapping_files import read_mapping
from epcis_kit.tabular.sources import Rows, open_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

__all__ = ["TestResult", "lint_mapping", "run_tests"]

_STEP: Final = re.compile(r"([^.\[\]]+)|\[([0-9]{1,6})\]")
_REF: Final = re.compile(r"\{\s*([A-Za-z_][A-Za-z0-9_]*)")


@dataclasses.dataclass(frozen=True, slots=True)
class TestResult:
    """How one test of a mapping went.

    Attributes:
        number: One-based number in the mapping.
        name: As the mapping calls it, or ``"test 1"``.
        ok: Whether everything was as expected.
        message: What was not, as a sentence.
    """

    __test__ = False  # its name is no invitation to pytest

    number: int
    name: str
    ok: bool
    message: str = ""


def lint_mapping(
    source: str | os.PathLike[str] | dict[str, Any], columns: Sequence[str] | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with a mapping.

    Args:
        source: A mapping file or dict.
        columns: Names of the columns of a table, to check those that the mapping names.

    Returns:
        Findings: errors (``MAP-001`` the mapping cannot be used, ``MAP-002`` its shape is not that of the schema,
        ``MAP-003`` a column is missing) and warnings (``MAP-010`` a field that nothing uses, ``MAP-011`` a column that
        is called almost like a field).

    Raises:
        OSError: The file cannot be opened.
    """
    where = None if isinstance(source, dict) else str(source)
    try:
        file = read_mapping(source)
    except MappingError as error:
        return (_finding("MAP-001", str(error), where),)
    faults = Faults()
    made = compile_mapping(file, faults)
    found = [_finding("MAP-001", str(error), where) for error in faults.errors]
    if not found:
        found = [_finding("MAP-002", message, where) for message in _shape(file.content)]
    if made is not None:
        if columns is not None:
            found += [_finding("MAP-003", message, where) for message in _missing(made, columns)]
        found += _doubts(made, file.content, columns, where)
    return tuple(found)


def _finding(rule: str, message: str, where: str | None, severity: Any = "error") -> Finding:
    prefix = f"{where}: "
    message = message.removeprefix(prefix) if where is not None else message
    return Finding(rule=rule, severity=severity, layer="schema", message=message, location=Location(file=where))


def _shape(content: dict[str, Any]) -> Iterator[str]:
    """What the JSON Schema of mappings says beyond what compiling has seen."""
    import jsonschema  # noqa: PLC0415 - loaded when a mapping is linted

    schema = json.loads(read_text("schemas/json/mapping.schema.json"))
    validator = jsonschema.Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(content), key=lambda error: list(map(str, error.absolute_path))):
        place = ", ".join(map(str, error.absolute_path)) or "top"
        yield f"mapping, {place}: {shorten(error.instance)} is not what the schema of mappings has here."


def _missing(mapping: Mapping, columns: Sequence[str]) -> Iterator[str]:
    index = HeaderIndex([str(column).strip() for column in columns])
    for wanted in mapping.wanted:
        found = index.places(wanted)
        if len(found) != 1:
            what = "does not have" if not found else "has more than once"
            hint = "" if found else near(wanted.names[0], index.header)
            yield f"mapping: it names column {wanted.names[0]!r}, which the table {what}{hint}."


def _doubts(
    mapping: Mapping, content: dict[str, Any], columns: Sequence[str] | None, where: str | None
) -> Iterator[Finding]:
    body = json.dumps({name: value for name, value in content.items() if name != "tests"}, default=str)
    names = mapping.scope.names
    used = set(_REF.findall(body)) | set(re.findall(r'"([A-Za-z_][A-Za-z0-9_]*)(?:\.[A-Za-z0-9_]+)?"', _lists(content)))
    for name in names:
        if name not in used:
            message = f"mapping, fields, {name}: nothing uses this field."
            yield _finding("MAP-010", message, where, "warning")
    index = HeaderIndex([str(column).strip() for column in columns]) if columns is not None else None
    for step in mapping.scope.columns:
        if not step.implicit or (index is not None and index.places(Wanted(step.names))):
            continue
        hint = near(step.names[0], names)
        if hint:
            message = f"{step.place}: {step.names[0]!r} is no field, so a column of that name is meant{hint}."
            yield _finding("MAP-011", message.removeprefix(f"{where}, "), where, "warning")


def _lists(content: dict[str, Any]) -> str:
    """Where fields stand by their bare names: ``group_by``, ``key``, ``by``, ``first_of``."""
    found: list[Any] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for name, below in value.items():
                if name in {"group_by", "key", "by", "first_of", "time", "column"}:
                    found.append(below)
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    walk(content)
    return json.dumps(found, default=str)


# -- tests of the mapping


def run_tests(mapping: Any, source: Any = None) -> tuple[TestResult, ...]:
    """Run the ``tests`` of a mapping.

    A test has ``row`` (cells by column name, or the number of a data row of ``source``) or ``rows`` (several of them),
    and says what is expected: ``expect`` (paths into the first event, such as ``quantityList[0].quantity``, and their
    values), ``events`` (their number), ``event`` (which of them the paths mean, from 1) or ``error`` (part of the
    message).

    Raises:
        MappingError: A test is written wrongly.
        OSError: ``source`` cannot be opened.
    """
    plan = load_mapping(mapping)
    return tuple(_tested(plan, test, number, source) for number, test in enumerate(plan.tests, 1))


def _tested(mapping: Mapping, test: Any, number: int, source: Any) -> TestResult:
    place = f"test {number}"
    if not isinstance(test, dict) or ("row" in test) == ("rows" in test):
        raise MappingError(f"mapping, tests, {number}: expected 'row' or 'rows', got {shorten(test)}.")
    unknown = next((name for name in test if name not in _TEST), None)
    if unknown is not None:
        raise MappingError(f"mapping, tests, {number}: unknown name {shorten(unknown)}{near(unknown, _TEST)}.")
    name = str(test.get("name", place))
    given = test["rows"] if "rows" in test else [test["row"]]
    try:
        message = _outcome(mapping, _given(given, source, mapping, number), test, source)
    except DocumentError as error:
        message = str(error)
    return TestResult(number, name, not message, message)


_TEST: Final = ("name", "row", "rows", "expect", "events", "event", "error")


def _given(items: list[Any], source: Any, mapping: Mapping, number: int) -> Any:
    """The rows of a test: written in it, or rows of the table beside it."""
    if all(isinstance(item, dict) for item in items):
        return [{**dict.fromkeys(mapping.columns, ""), **item} for item in items]
    if not all(isinstance(item, int) and not isinstance(item, bool) and item > 0 for item in items):
        raise MappingError(
            f"mapping, tests, {number}: expected cells by column, or numbers of data rows, got {shorten(items)}."
        )
    if source is None:
        raise DocumentError(f"data row {items[0]} needs a table: name it beside the mapping")
    with open_rows(source, mapping) as table:
        found = [row for index, row in enumerate(itertools.islice(table, max(items)), 1) if index in items]
        if len(found) < len(set(items)):
            raise DocumentError(f"the table has no data row {max(items)}")
        return Rows(table.info, iter(found), native=table.native)


def _outcome(mapping: Mapping, rows: Any, test: dict[str, Any], source: Any) -> str:
    """What was not as expected; empty where all was."""
    run = TableRun(rows, mapping, same=source)
    items = list(run)
    events = [item for item in items if not isinstance(item, Finding)]
    errors = [item for item in items if isinstance(item, Finding) and item.severity == "error"]
    if "error" in test:
        wanted = str(test["error"])
        if any(wanted in str(error) for error in errors):
            return ""
        return f"expected an error with {wanted!r}, got {[error.message for error in errors] or 'none'}."
    if errors:
        return f"expected no error, got {errors[0]}"
    if "events" in test and test["events"] != len(events):
        return f"expected {test['events']} events, got {len(events)}."
    expect = test.get("expect", {})
    if not isinstance(expect, dict):
        raise MappingError(f"mapping, tests: expected paths and values under expect, got {shorten(expect)}.")
    at = test.get("event", 1)
    if expect and not (isinstance(at, int) and 1 <= at <= len(events)):
        return f"expected an event {at}, got {len(events)} events."
    plain = _plain(events[at - 1]) if expect else None
    for path, wanted in expect.items():
        got = _at(plain, path)
        if not _same(got, wanted):
            return f"{path}: expected {wanted!r}, got {got!r}."
    return ""


def _plain(event: Any) -> Any:
    """The event as its JSON document would have it."""
    import io  # noqa: PLC0415 - only tests write documents in memory

    from epcis_kit.codec import open_writer  # noqa: PLC0415
    from epcis_kit.model import Document  # noqa: PLC0415

    target = io.BytesIO()
    writer = open_writer(target, Document(type="event"), format="json")
    writer.write(event)
    writer.close()
    return json.loads(target.getvalue(), parse_float=str, parse_int=str)


def _at(value: Any, path: str) -> Any:
    """What stands at ``quantityList[0].quantity``."""
    for name, index in _STEP.findall(path):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _same(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool) or wanted is None or isinstance(wanted, (dict, list)):
        return bool(got == _texts(wanted))
    return got is not None and str(got) == str(wanted)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_texts(below) for below in value]
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
