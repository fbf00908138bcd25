"""Element strings and Digital Links answer as GS1's own syntax engine does, row by row.

A row is compared in full: whether it is right, the elements, every form, the kind of fault, the AI at fault and the
place that the engine marks. Rows with rules switched off, unknown AIs let through or the later dictionary count too.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.application_identifiers import AiTable
from epcis_kit.gs1.digital_links import DigitalLink, build_digital_link, could_be_digital_link, parse_digital_link
from epcis_kit.gs1.element_strings import ElementString, parse_element_string

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.conformance

# Differences that were looked at and are meant. The engine loses the digits of an unknown AI in front of a blank and
# marks the whole text; we name the AI.
MEANT_AI = {"(89) ABC123": "89", "(88) COMPOSITE": "88", "(89) TESTING": "89", "(88) XYZ": "88"}


@pytest.fixture(scope="module")
def later_table(shared: Path) -> AiTable:
    return AiTable.load(shared / "conformance" / "standards" / "gs1-syntax-dictionary-head-2026-07-27.txt")


def rows(shared: Path, name: str) -> list[dict[str, Any]]:
    text = (shared / "vectors" / "identifiers" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def links(elements: tuple[tuple[str, str], ...], found: ElementString | DigitalLink) -> dict[str, str]:
    """The two Digital Links of a message, or why there are none."""
    told: dict[str, str] = {}
    for name, sort in (("dl_uri", False), ("dl_uri_sorted_attrs", True)):
        try:
            if isinstance(found, DigitalLink):
                told[name] = found.as_uri(sort_attributes=sort)
            else:
                told[name] = build_digital_link(elements, sort_attributes=sort)
        except IdentifierError as error:
            return {"dl_uri_error": error.kind}
    return told


def difference(expect: dict[str, Any], parse: Callable[[], ElementString | DigitalLink]) -> str | None:
    """What is not as the engine has it, or ``None``."""
    try:
        found = parse()
    except IdentifierError as error:
        if expect["ok"]:
            return f"refused: {error}"
        return fault_difference(expect, error)
    if not expect["ok"]:
        return f"accepted: {found}"
    elements = found.marked_elements if isinstance(found, ElementString) else found.elements
    if [list(element) for element in elements] != (expect["ais"] or []):
        return f"elements {elements}"
    if isinstance(found, ElementString) and found.as_message() != expect["element_string"]:
        return f"message {found.as_message()!r}"
    if expect["ais"] is None:
        return None
    lines = [f"({ai}) {value}" for ai, value in found.elements]
    if lines != expect["hri"] or (isinstance(found, ElementString) and list(found.as_hri()) != expect["hri"]):
        return f"lines {lines}"
    if isinstance(found, DigitalLink) and list(found.ignored) != expect["ignored_query_params"]:
        return f"ignored {found.ignored}"
    told = links(found.elements, found)
    wanted = {name: expect[name] for name in ("dl_uri", "dl_uri_sorted_attrs", "dl_uri_error") if expect.get(name)}
    return None if told == wanted else f"links {told}"


def fault_difference(expect: dict[str, Any], error: IdentifierError) -> str | None:
    """Where kind, AI or place of a fault is not as the engine has it."""
    kind = expect.get("linter_error") or expect["error"]
    if error.kind != kind:
        return f"kind {error.kind}"
    text = str(error.value)
    if "ai" in expect and error.ai != (expect["ai"] or MEANT_AI.get(text)):
        return f"AI {error.ai}"
    marked = expect.get("markup")
    if marked and expect["ai"] and "%" not in text and "\\" not in text:
        bad = marked.split("|")[1] if marked.count("|") == 2 else ""
        if error.position is None or not text.startswith(bad, error.position):
            return f"position {error.position}"
    return None


def collect(found: list[tuple[str, str, str]], row: dict[str, Any], name: str, answer: str | None) -> None:
    if answer is not None:
        found.append((row["id"], name, answer))


def test_element_strings(shared: Path, later_table: AiTable) -> None:
    wrong: list[tuple[str, str, str]] = []
    options: dict[str, dict[str, Any]] = {
        "expect": {},
        "expect_without_requisites": {"check_requisites": False},
        "expect_with_unknown_ais": {"unknown_ais": True},
        "expect_dictionary_head": {"table": later_table},
    }
    listed = rows(shared, "ai_element_strings")
    for row in listed:
        text = row["input"]
        for name, option in options.items():
            if name in row:
                answer = difference(row[name], partial(parse_element_string, text, **option))
                collect(wrong, row, name, answer)
        if bool(parse_element_string(text, lenient=True).errors) is row["expect"]["ok"]:
            collect(wrong, row, "lenient", "reports errors where there are none, or none where there are")
    assert wrong == []
    assert len(listed) > 2000


def test_digital_links_are_read(shared: Path, later_table: AiTable) -> None:
    wrong: list[tuple[str, str, str]] = []
    options: dict[str, dict[str, Any]] = {
        "expect": {},
        "expect_without_requisites": {"check_requisites": False},
        "expect_with_zero_suppressed_gtin": {"zero_suppressed": True},
        "expect_dictionary_head": {"table": later_table},
    }
    listed = [row for row in rows(shared, "digital_links") if row["op"] == "parse"]
    for row in listed:
        text = row["input"]
        for name, option in options.items():
            if name in row:
                answer = difference(row[name], partial(parse_digital_link, text, **option))
                collect(wrong, row, name, answer)
        if row["expect"]["ok"] and not could_be_digital_link(text):
            collect(wrong, row, "plausible", "a good link is not plausible")
    assert wrong == []
    assert len(listed) > 500


def test_digital_links_are_built(shared: Path) -> None:
    wrong: list[tuple[str, str, str]] = []
    listed = [row for row in rows(shared, "digital_links") if row["op"] == "build"]
    for row in listed:
        elements = [(ai, value) for ai, value in row["ais"]]
        for name, sort in (("uri_input_order", False), ("uri_sorted_attrs", True)):
            try:
                told = build_digital_link(elements, stem=row["stem"], sort_attributes=sort)
            except IdentifierError as error:
                told = error.kind
            if told != row["expect"].get(name, row["expect"].get("error")):
                collect(wrong, row, name, told)
    assert wrong == []
    assert len(listed) > 500
