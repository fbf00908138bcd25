"""hash --write: events without an id get their hash as id, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import epcis_kit as ek
from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

FIRST = ek.ObjectEvent(
    event_time="2026-01-01T10:00:00Z",
    event_time_zone_offset="+01:00",
    action="OBSERVE",
    epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
)
SECOND = FIRST.model_copy(update={"event_id": "urn:uuid:1b8f0f5e-0000-4000-8000-000000000001", "action": "ADD"})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["hash", *map(str, arguments)])


@pytest.mark.parametrize(("form", "version"), [("json", "2.0"), ("xml", "2.0"), ("xml", "1.2")])
def test_events_without_an_id_get_one(form: Literal["json", "xml"], version: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(ek.write([FIRST, SECOND], format=form, version=version))
    result = run(source, "--write", "-o", target)
    assert (result.exit_code, result.output) == (0, "2 events, 1 given an eventID\n")
    written = ek.read(target)
    before = ek.read(source)
    assert written.source_format == before.source_format == f"{form} {version}"
    first, second = before.events
    assert written.events == (first.model_copy(update={"event_id": ek.event_hash(first)}), second)
    assert run(target, "--check").exit_code == 0
    assert run(source, "--write").stdout_bytes == target.read_bytes()


def test_a_document_that_cannot_be_read_writes_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(ek.write([FIRST]).replace(b"OBSERVE", b"LOOK"))
    assert run(source, "--write", "-o", target).exit_code == 3
    assert not target.exists()


def test_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(ek.write([FIRST]))
    assert run(tmp_path / "a", tmp_path / "a", "--write").exit_code == 2
    assert run(tmp_path / "a", "--write", "--check").exit_code == 2
    assert run(tmp_path / "a", "-o", "x").exit_code == 2
