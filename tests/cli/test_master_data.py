"""``epcis-kit validate --masterdata``: what is given is compared, and what is wrong in it ends with exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "profiles"
DELIVERY = EXAMPLES / "partner" / "delivery.xml"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["validate", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("item,name\n1,Tea\n", "or 'gln' (places and parties), got the columns 'item, name'."),
        ("gtin\n09521234000014\n", "line 2: Cannot read GTIN '09521234000014': expected check digit 3, got 4."),
        ("<x/>", "Cannot use master data"),
    ],
)  # fmt: skip
def test_bad_master_data_end_with_2(tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(table, encoding="utf-8")
    code, out, err = run(DELIVERY, "--masterdata", path)
    assert (code, out) == (2, "")
    assert message in err


def test_several_tables_are_compared_under_every_profile() -> None:
    tables = ("--masterdata", EXAMPLES / "partner" / "items.csv", "--masterdata", EXAMPLES / "partner" / "places.csv")
    for profile in ("core", "partner"):
        code, out, _ = run(DELIVERY, *tables, "--profile", profile, "--report", "json")
        findings = json.loads(out)["findings"]
        assert (code, [each["rule"] for each in findings]) == (1, ["MD-003"])
        assert findings[0]["location"]["pointer"].endswith("/parentID")


def test_a_document_with_vocabularies_is_master_data_too() -> None:
    shipment = EXAMPLES / "dscsa" / "shipment.xml"
    assert run(shipment, "--masterdata", shipment, "--profile", "dscsa")[0] == 0
