"""A table through the command: named, packed, or on standard input."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_may_be_packed_or_come_through_a_pipe(repository: Path, tmp_path: Path) -> None:
    story = repository / "examples" / "story"
    table = (story / "farm.csv").read_bytes()
    (tmp_path / "farm.csv.gz").write_bytes(gzip.compress(table))
    options = ("--map", str(story / "farm.yaml"), "--to", "json")
    lists = []
    for source in (str(story / "farm.csv"), str(tmp_path / "farm.csv.gz"), "-"):
        result = CliRunner().invoke(cli, ["csv", source, "-", *options], input=table)
        assert (result.exit_code, result.stderr) == (0, "12 rows = 12 used + 0 rejected\n")
        lists.append(json.loads(result.stdout)["epcisBody"]["eventList"])
    assert len(lists[0]) == 36
    assert lists[0] == lists[1] == lists[2]


def test_a_bad_row_of_standard_input_is_found_by_its_number(repository: Path) -> None:
    folder = repository / "examples" / "table"
    arguments = ["csv", "-", "-", "--map", str(folder / "harvest.yaml"), "--to", "json"]
    result = CliRunner().invoke(cli, arguments, input=(folder / "harvest.csv").read_bytes())
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "-, row 3, column 'GTIN': error TAB-002: Cannot read GTIN '09521201100013': expected check digit 2, got 3.",
        (
            "-, row 4, column 'Pieces': error TAB-002: Cannot read number 'a dozen': expected digits with '.' as the "
            "decimal mark."
        ),
        "3 rows = 1 used + 2 rejected",
    ]
