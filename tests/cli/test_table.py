"""Events to a table through the command."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def test_several_documents_make_one_table(repository: Path, tmp_path: Path) -> None:
    story = repository / "examples" / "story"
    target = tmp_path / "all.csv"
    sources = [str(story / name) for name in ("plant.xml", "distributor.xml", "retailer.json")]
    result = CliRunner().invoke(cli, ["table", *sources, str(target)])
    assert (result.exit_code, result.stderr) == (0, "249 events, 1059 rows, 30 columns\n")
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 1059
    assert [name for name in rows[0] if name in {"eventID", "object", "product"}] == ["eventID", "object", "product"]


def test_chosen_columns_go_to_standard_output_as_they_are_asked_for(repository: Path) -> None:
    arguments = ["table", str(repository / "examples" / "story" / "retailer.json"), "-", "--rows", "event"]
    result = CliRunner().invoke(
        cli, [*arguments, "--column", "Step=bizStep", "--column", "eventTime", "--delimiter", "tab", "--json"]
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["Step\teventTime", "receiving\t2025-05-09T15:00:00.000+02:00"]
    assert json.loads(result.stderr) == {"events": 85, "rows": 85, "columns": ["Step", "eventTime"], "findings": []}


def test_a_bad_event_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    good = (
        '{"type": "ObjectEvent", "eventTime": "2025-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00", '
        '"action": "OBSERVE", "epcList": ["urn:x:1"]}'
    )
    (tmp_path / "in.jsonl").write_text(f'{good}\n{{"type": "ObjectEvent"}}\n{good}\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["table", str(tmp_path / "in.jsonl"), str(tmp_path / "out.csv")])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "2 events, 2 rows, 30 columns"


def test_a_wrong_column_is_wrong_usage(repository: Path, tmp_path: Path) -> None:
    source = str(repository / "examples" / "story" / "retailer.json")
    result = CliRunner().invoke(cli, ["table", source, str(tmp_path / "out.csv"), "--column", "eventTme"])
    assert (result.exit_code, result.stderr) == (
        2,
        "epcis-kit: Cannot use column 'eventTme': no event has 'eventTme' (did you mean 'eventTime'?).\n",
    )
    assert not (tmp_path / "out.csv").exists()
