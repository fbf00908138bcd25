"""The table of application identifiers: complete, replaceable, and quick to say yes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit._resources import read_text
from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.application_identifiers import AiTable, Component, default_table
from epcis_kit.gs1.linters import LintFault
from epcis_kit.gs1.syntax_dictionary import convert

if TYPE_CHECKING:
    from pathlib import Path

TABLE = default_table()


def test_the_edition_and_the_number_of_identifiers() -> None:
    assert (TABLE.edition, TABLE.source, len(TABLE)) == ("2026-01-27", "GS1 Barcode Syntax Dictionary", 541)
    assert repr(TABLE) == "<AiTable edition 2026-01-27, 541 identifiers>"
    assert len({entry.ai for entry in TABLE}) == 541


def test_what_the_table_knows_of_a_gtin() -> None:
    entry = TABLE.compiled["01"]
    assert entry.title == "GTIN"
    assert entry.components == (Component("N", 14, 14, optional=False, checks=("csum", "gcppos2")),)
    assert (entry.predefined_length, entry.link_attribute) == (14, True)
    assert entry.link_key == (("22", "10", "21"), ("235",))
    assert entry.excludes == ("255", "37")


@pytest.mark.parametrize(
    ("ai", "form"),
    [("01", "N14"), ("10", "X..20"), ("253", "N13+[X..17]"), ("8001", "N4+N5+N3+N1+N1"), ("8030", "Z..90")],
)
def test_the_format_as_people_write_it(ai: str, form: str) -> None:
    assert TABLE.compiled[ai].format == form


def test_counts_of_facts() -> None:
    assert sum(bool(entry.needs) for entry in TABLE) == 502
    assert sum(bool(entry.excludes) for entry in TABLE) == 393
    assert sum(entry.link_key is not None for entry in TABLE) == 16
    assert sum(entry.link_attribute for entry in TABLE) == 525
    assert sum(bool(entry.predefined_length) for entry in TABLE) == 337


def test_decimals_and_units_are_told() -> None:
    assert (TABLE.compiled["3103"].decimals, TABLE.compiled["3103"].unit) == (3, "kg")
    assert (TABLE.compiled["3605"].decimals, TABLE.compiled["3605"].unit) == (5, "qt (US)")
    assert (TABLE.compiled["3929"].decimals, TABLE.compiled["3929"].unit) == (9, None)
    assert TABLE.compiled["10"].decimals is None


@pytest.mark.parametrize(
    ("ai", "value", "fault"),
    [
        ("01", "09521234543213", None),
        ("01", "", LintFault("ai_data_is_empty", 0, 0)),
        ("01", "0952123454321", LintFault("ai_data_has_incorrect_length", 0, 13)),
        ("01", "095212345432133", LintFault("ai_data_is_too_long", 14, 15)),
        ("01", "09521234543214", LintFault("incorrect_check_digit", 13, 14)),
        ("8003", "109521234543213", LintFault("not_zero", 0, 1)),
        ("8003", "00952123454321", LintFault("incorrect_check_digit", 13, 14)),
        ("8008", "2612312", LintFault("ai_data_has_incorrect_length", 6, 7)),
        ("423", "52805", LintFault("ai_data_has_incorrect_length", 3, 5)),
        ("253", "9521234543213", None),
        ("253", "9521234543213ABC", None),
        ("10", "A B", LintFault("invalid_cset82_character", 1, 2)),
        ("8030", "ab=", None),
        ("8030", "abc=", LintFault("invalid_cset64_padding", 3, 4)),
    ],
)
def test_the_fault_of_a_value_and_the_quick_test_agree(ai: str, value: str, fault: LintFault | None) -> None:
    entry = TABLE.compiled[ai]
    assert entry.fault(value) == fault
    assert bool(entry.accepts(value)) is (fault is None)


@given(st.sampled_from([entry.ai for entry in TABLE]), st.text("0123456789ABab%-/ =^\u0663", max_size=95))
@settings(max_examples=200, deadline=None)
def test_quick_test_and_reason_never_disagree(ai: str, value: str) -> None:
    entry = TABLE.compiled[ai]
    assert bool(entry.accepts(value)) is (entry.fault(value) is None)


def test_a_value_splits_into_its_components() -> None:
    assert TABLE.compiled["8001"].split("0123456789012311")[:2] == ("0123", "45678")
    assert TABLE.compiled["253"].split("9521234543213ABC") == ("9521234543213", "ABC")
    assert TABLE.compiled["253"].split("9521234543213") == ("9521234543213",)


def test_an_identifier_is_found_in_a_text() -> None:
    found = TABLE.at("310300019517", 0)
    assert found is not None
    assert found.ai == "3103"
    assert TABLE.at("89", 0) is None
    assert TABLE.at("310", 0) is None
    assert TABLE.at("\u0660\u0661", 0) is None


@pytest.mark.parametrize(
    ("ai", "length"), [("89", 0), ("3999", 0), ("236", 0), ("419", 13), ("04", 16), ("19", 6), ("3199", 6), ("8888", 0)]
)
def test_an_unknown_identifier_is_let_through_on_request(ai: str, length: int) -> None:
    assert TABLE.get(ai) is None
    entry = TABLE.get(ai, unknown=True)
    assert entry is not None
    assert (entry.known, entry.predefined_length) == (False, length)


@pytest.mark.parametrize("ai", ["", "8", "011", "800", "80", "399", "2367", "4199", "12345", "8A", "\u0668\u0669"])
def test_an_identifier_that_contradicts_the_table_is_not(ai: str) -> None:
    assert TABLE.get(ai, unknown=True) is None


def test_key_sequences_are_in_the_order_in_which_they_are_tried() -> None:
    sequences = list(TABLE.key_sequences)
    assert sequences == sorted(sequences, key=" ".join)
    assert ("01", "22", "10", "21") in TABLE.key_sequences
    assert ("01", "10", "22") not in TABLE.key_sequences
    assert ("01", "235") in TABLE.key_sequences
    assert len(sequences) == 39


DICTIONARY = """\
# Release: 2030-01-01
#
01         *?  N14,csum,gcppos2                  ex=255,37 dlpkey=22,10,21|235   # GTIN
10          ?  X..20                             req=01+21,02                    # LOT
21             X..20                                                             # SERIAL
22             X..20
235            X..28
3100-3105  *?  N6                                req=01 ex=310n                  # NET WEIGHT (kg)
8003        ?  N1,zero N13,csum,gcppos1 [X..16]  dlpkey                          # GRAI
"""


def test_another_edition_needs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text(DICTIONARY, encoding="utf-8")
    table = AiTable.load(path)
    assert (table.edition, len(table)) == ("2030-01-01", 12)
    assert table.compiled["10"].needs == (("01+21", "02"),)
    assert table.compiled["3105"].unit == "kg"
    assert table.compiled["8003"].link_key == ((),)
    own = tmp_path / "own.json"
    own.write_text(convert(DICTIONARY), encoding="utf-8")
    assert [*AiTable.load(own)] == [*table]


def test_the_data_file_is_what_its_converter_writes() -> None:
    text = read_text("schemas/gs1_application_identifiers.json")
    lines = text.splitlines()
    assert json.loads(text)["edition"] == "2026-01-27"
    assert len(lines) == len(json.loads(text)["identifiers"]) + 2


def _table(*rows: dict[str, Any]) -> str:
    return json.dumps({"edition": "x", "identifiers": rows})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Cannot read table of application identifiers '{': expected a JSON object or a GS1 syntax dictionary."),
        (
            "{}",
            (
                "Cannot read table of application identifiers \"'edition'\": "
                "expected edition and identifiers, each with ai and parts."
            ),
        ),
        (
            _table({"ai": "1", "parts": [{"set": "N", "length": 1}]}),
            (
                "Cannot read table of application identifiers \"'1' is no application identifier\": "
                "expected edition and identifiers, each with ai and parts."
            ),
        ),
        (
            _table({"ai": "99", "parts": []}),
            (
                "Cannot read table of application identifiers '(99) has no component that must be there': "
                "expected edition and identifiers, each with ai and parts."
            ),
        ),
        (
            _table({"ai": "99", "parts": [{"set": "N", "length": [1, 2]}, {"set": "N", "length": 2}]}),
            (
                "Cannot read table of application identifiers "
                "'(99) has a component behind one of variable length or behind an optional one': "
                "expected edition and identifiers, each with ai and parts."
            ),
        ),
        (
            _table({"ai": "99", "parts": [{"set": "N", "length": 1, "checks": ["magic"]}]}),
            (
                "Cannot read table of application identifiers \"(99) names the unknown check 'magic'\": "
                "expected edition and identifiers, each with ai and parts."
            ),
        ),
        (
            _table(*({"ai": ai, "parts": [{"set": "N", "length": 1}]} for ai in ("23", "235"))),
            (
                "Cannot read table of application identifiers '235': "
                "expected all AIs with the same first two digits to have the same length."
            ),
        ),
        (
            "99 N5,csum what",
            (
                "Cannot read GS1 syntax dictionary '99 N5,csum what': "
                "expected components, flags, req=, ex= or dlpkey, got 'what'."
            ),
        ),
        (
            "what",
            (
                "Cannot read GS1 syntax dictionary 'what': "
                "expected an application identifier or a range at the start of the line."
            ),
        ),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        AiTable.loads(text)
    assert str(caught.value) == message


def test_importing_the_room_reads_no_table() -> None:
    program = (
        "import epcis_kit.gs1, epcis_kit.gs1.element_strings, epcis_kit.gs1.digital_links; "
        "from epcis_kit.gs1.application_identifiers import default_table; print(default_table.cache_info().currsize)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "0\n"


@pytest.mark.conformance
def test_the_table_says_what_the_published_dictionary_says(shared: Path) -> None:
    published = shared / "conformance" / "standards" / "gs1-syntax-dictionary-2026-01-27.txt"
    assert convert(published.read_text(encoding="utf-8")) == read_text("schemas/gs1_application_identifiers.json")


def test_the_converter_is_a_command(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text(DICTIONARY, encoding="utf-8")
    command = [sys.executable, "-m", "epcis_kit.gs1.syntax_dictionary"]
    result = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True)
    assert result.stdout == convert(DICTIONARY)
    wrong = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "usage: python -m epcis_kit.gs1.syntax_dictionary DICTIONARY.txt\n")
