from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from epcis_kit.gs1.prefixes import company_prefix, company_prefix_length, find_company_prefix_length, gs1_prefix

if TYPE_CHECKING:
    from pathlib import Path

AI_OF = {
    "gln": "414", "grai": "8003", "gsin": "402", "gtin13": "01", "gtin14": "01", "sscc": "00", "gdti": "253",
    "gsrn": "8018", "giai": "8004",
}  # fmt: skip


@pytest.mark.parametrize(
    ("ai", "value", "prefix"),
    [
        ("01", "07044610873466", "704461"),
        ("00", "370446100000000003", "704461"),
        ("8003", "07044610000016X", "704461"),
        ("8006", "370446100000160102", "704461"),
        ("01", "09999999999994", None),
        ("01", "00000012345670", None),
        ("8004", "AB", None),
    ],
)
def test_the_prefix_begins_behind_indicator_and_extension(ai: str, value: str, prefix: str | None) -> None:
    assert company_prefix(ai, value) == prefix


def test_an_explicit_length_wins() -> None:
    assert company_prefix_length("01", "07044610873466", 8) == 8
    assert company_prefix("01", "07044610873466", 8) == "70446108"


def test_the_member_organisation() -> None:
    norway = gs1_prefix("01", "07044610873466")
    assert norway is not None
    assert tuple(norway) == ("704", "GS1 Norway")
    eight = gs1_prefix("01", "00000030056640")
    assert eight is not None
    assert tuple(eight) == ("300", "GS1 France")
    assert gs1_prefix("8004", "AB") is None


def test_importing_the_room_loads_no_table() -> None:
    code = (
        "import sys, epcis_kit.gs1 as g; g.trace_key('urn:epc:id:sgtin:0614141.107346.2016');"
        "g.parse_key; g.Gtin; g.link_to_urn('https://id.gs1.org/01/10614141073464', 7);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'biip', 'stdnum', 'lxml', 'pydantic', 'httpx'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.conformance
def test_published_lengths(shared: Path) -> None:
    lines = (shared / "vectors/identifiers/gcp_length.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for row in map(json.loads, lines):
        assert find_company_prefix_length(AI_OF[row["key_type"]], row["value"]) == row["gcp_length"], row
