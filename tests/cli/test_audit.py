"""audit: checkpoints, proofs and verdicts, as files and exit codes."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import epcis_kit as ek
from epcis_kit.cli import cli
from epcis_kit.errors import shorten

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "demo.example/store"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["audit", *(str(argument) for argument in arguments)])


def document(*names: str) -> bytes:
    return ek.write([
        ek.ObjectEvent(
            event_time="2026-01-01T10:00:00Z",
            event_time_zone_offset="+00:00",
            action="OBSERVE",
            event_id=name,
            epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
        )
        for name in names
    ])  # fmt: skip


def change(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "trace.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of three events, a key, and checkpoints after each of two captures."""
    for kind in ("ed25519", "es256"):
        assert CliRunner().invoke(cli, ["keygen", "--type", kind, "--out", str(tmp_path / kind)]).exit_code == 0
    for day, names in (("monday", ("urn:demo:1", "urn:demo:2")), ("friday", ("urn:demo:3",))):
        (tmp_path / f"{day}.json").write_bytes(document(*names))
        captured = CliRunner().invoke(
            cli, ["capture", str(tmp_path / "trace.db"), str(tmp_path / f"{day}.json"), "--partner", "9521321000018"]
        )
        assert captured.exit_code == 0
        made = run(
            *("checkpoint", tmp_path / "trace.db", "--key", tmp_path / "ed25519.key"),
            *("--origin", ORIGIN, "-o", tmp_path / f"{day}.note"),
        )
        assert (made.exit_code, made.output) == (0, "")
    return tmp_path


def test_a_store_that_is_as_it_was_captured(folder: Path) -> None:
    both = ("--checkpoint", folder / "monday.note", "--checkpoint", folder / "friday.note")
    trusted = run("verify", folder / "trace.db", *both, "--trust", folder / "ed25519.pub")
    assert trusted.exit_code == 0
    assert trusted.output == (
        f"{folder / 'trace.db'}: VALID (3 events, 5 entries)\n"
        f"  note: {folder / 'monday.note'}: 3 entries, signed by {ORIGIN}\n"
        f"  note: {folder / 'friday.note'}: 5 entries, signed by {ORIGIN}\n"
    )
    alone = run("verify", folder / "trace.db")
    assert alone.exit_code == 0
    assert alone.output == (
        f"{folder / 'trace.db'}: VALID (3 events, 5 entries)\n"
        "  note: No checkpoint was given: whoever rewrote the whole log as well is not found.\n"
    )
    unsigned = run("verify", folder / "trace.db", *both, "--trust", folder / "es256.pub", "--json")
    assert unsigned.exit_code == 3
    assert json.loads(unsigned.output)["notes"] == [
        f"{folder / 'monday.note'}: 3 entries, signed by no trusted key",
        f"{folder / 'friday.note'}: 5 entries, signed by no trusted key",
    ]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE event SET payload = (SELECT payload FROM event WHERE id = 1) WHERE id = 2",
            "event_changed: Event 2, 'urn:demo:2', is not what was captured.",
        ),
        ("DELETE FROM event WHERE id = 2", "event_removed: Event 2 was captured and is gone."),
        (
            (
                "INSERT INTO event (id,ident,time_us,type,status,document,payload) "
                "SELECT 9,'urn:demo:9',time_us,type,0,document,payload FROM event WHERE id = 1"
            ),
            "event_inserted: Event 9, 'urn:demo:9', was never captured.",
        ),
        ("DELETE FROM document WHERE id = 2", "document_removed: Document 2 was captured and is gone."),
        (
            "UPDATE document SET captured_us = 0 WHERE id = 2",
            "document_changed: What is said of document 2 is not what was captured.",
        ),
    ],
)
def test_a_store_that_was_changed(statement: str, said: str, folder: Path) -> None:
    change(folder, statement)
    result = run("verify", folder / "trace.db", "--checkpoint", folder / "monday.note")
    assert result.exit_code == 1
    assert f"\n  {said}\n" in result.output


def test_a_store_whose_log_was_cut(folder: Path) -> None:
    for statement in (
        "DELETE FROM event WHERE id = 3",
        "DELETE FROM document WHERE id = 2",
        "DELETE FROM log WHERE seq > 3",
    ):
        change(folder, statement)
    assert run("verify", folder / "trace.db", "--checkpoint", folder / "monday.note").exit_code == 0
    result = run("verify", folder / "trace.db", "--checkpoint", folder / "friday.note")
    assert result.exit_code == 1
    assert "\n  checkpoint_mismatch: The log does not grow from the checkpoint at 5.\n" in result.output
    refused = run("prove", folder / "trace.db", "urn:demo:1", "--checkpoint", folder / "friday.note")
    assert refused.exit_code == 3
    assert refused.output == (
        f"epcis-kit: Cannot prove anything under the checkpoint of '{ORIGIN}' at 5: "
        "the log of this store does not grow from it.\n"
    )


def test_an_event_is_proved_to_a_partner_who_has_no_store(folder: Path) -> None:
    proof = folder / "event.proof"
    made = run("prove", folder / "trace.db", "urn:demo:2", "--checkpoint", folder / "friday.note", "-o", proof)
    assert (made.exit_code, made.output) == (0, "")
    (folder / "trace.db").unlink()
    result = run("verify", proof, "--trust", folder / "ed25519.pub", "--json")
    assert result.exit_code == 0
    plain = json.loads(result.output)
    assert plain["event"]["eventID"] == "urn:demo:2"
    assert plain["records"][1]["sender"] == "https://id.gs1.org/417/9521321000018"
    assert plain["detail"] == (
        f"The event was captured at {plain['records'][1]['capturedAt']} from https://id.gs1.org/417/9521321000018."
    )
    shown = run("verify", proof, "--trust", folder / "ed25519.pub")
    assert shown.output == f"{proof}: VALID\n  {plain['detail']}\n  signed by {ORIGIN}\n"
    nobody = run("verify", proof)
    assert nobody.exit_code == 3
    assert nobody.output == f"{proof}: INDETERMINATE\n  No trusted key signed the checkpoint at 5.\n"
    under = run("verify", proof, "--trust", folder / "ed25519.pub", "--checkpoint", folder / "monday.note")
    assert under.exit_code == 1
    assert under.output == f"{proof}: INVALID\n  Entry 1 is not in the log of '{ORIGIN}' at 3.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("urn:demo:2", "urn:demo:7", "The event is not the one whose digest is in the log."),
        ('\\"event\\":2', '\\"event\\":1', "Entry 1 is not in the log of 'demo.example/store' at 5."),
        ("9521321000018", "9521321000025", "Entry 2 is not in the log of 'demo.example/store' at 5."),
        ('"index": 1', '"index": 0', "Entry 0 is not in the log of 'demo.example/store' at 5."),
        ('"index": 1', '"index": -1', "Cannot read proof: expected a whole number, got -1."),
        ("epcis-audit-inclusion/1", "another/1", "expected the type epcis-audit-inclusion/1 or"),
        ("\\n5\\n", "\\n6\\n", "The signature of 'demo.example/store' does not fit the note."),
        ('"entries"', '"nothing"', "Cannot read proof: KeyError"),
        ('"path": [', '"path": ["AAAA",', "Cannot read proof: expected nodes of 32 bytes."),
        ('"path": [', '"path": ["!",', "Cannot read proof: expected nodes in base64."),
        ('"index": 1', '"index": 1, "index": 0', "member 'index' stands twice"),
    ],
)
def test_proofs_that_were_changed(old: str, new: str, said: str, folder: Path) -> None:
    proof = folder / "event.proof"
    run("prove", folder / "trace.db", "urn:demo:2", "--checkpoint", folder / "friday.note", "-o", proof)
    text = proof.read_text()
    assert old in text
    proof.write_text(text.replace(old, new))
    result = run("verify", proof, "--trust", folder / "ed25519.pub")
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_a_file_that_is_neither_store_nor_proof_cannot_be_read(folder: Path) -> None:
    path = folder / "events.xml"
    path.write_text("<EPCISDocument/>")
    result = run("verify", path)
    assert result.exit_code == 3
    assert (
        result.stderr == f"epcis-kit: Cannot verify {shorten(str(path))}: expected a store or a proof, got neither.\n"
    )


def test_a_proof_under_the_present_state_waits_for_a_checkpoint(folder: Path) -> None:
    proof = folder / "event.proof"
    made = run("prove", folder / "trace.db", "urn:demo:3")
    proof.write_text(made.stdout)
    assert run("verify", proof, "--trust", folder / "ed25519.pub").exit_code == 3
    known = run("verify", proof, "--trust", folder / "ed25519.pub", "--checkpoint", folder / "friday.note")
    assert known.exit_code == 0


def test_that_the_log_grew_is_proved(folder: Path) -> None:
    proof = folder / "week.proof"
    made = run("consistency", folder / "trace.db", folder / "monday.note", folder / "friday.note", "-o", proof)
    assert (made.exit_code, made.output) == (0, "")
    result = run("verify", proof, "--trust", folder / "ed25519.pub")
    assert result.exit_code == 0
    assert result.output == f"{proof}: VALID\n  The log at 5 begins with that at 3.\n  signed by {ORIGIN}\n"
    plain = json.loads(proof.read_text())
    plain["path"] = plain["path"][::-1]
    proof.write_text(json.dumps(plain))
    wrong = run("verify", proof, "--trust", folder / "ed25519.pub")
    assert wrong.exit_code == 1
    assert wrong.output == f"{proof}: INVALID\n  The log at 5 does not begin with that at 3.\n"
    now = run("consistency", folder / "trace.db", folder / "monday.note")
    proof.write_text(now.stdout)
    assert run("verify", proof, "--trust", folder / "ed25519.pub").exit_code == 3
    backwards = run("consistency", folder / "trace.db", folder / "friday.note", folder / "monday.note")
    assert backwards.exit_code == 3


def test_what_cannot_be_done(folder: Path) -> None:
    wrong = run("checkpoint", folder / "trace.db", "--key", folder / "es256.key", "--origin", ORIGIN)
    assert (wrong.exit_code, wrong.output) == (
        3,
        "epcis-kit: Cannot sign a note with ES256: expected an Ed25519 key.\n",
    )
    nothing = run("verify", folder / "absent.db")
    assert nothing.exit_code == 3
    no_event = run("prove", folder / "trace.db", "urn:demo:9")
    assert no_event.exit_code == 3
    no_store = run("prove", folder / "absent.db", "urn:demo:9")
    assert no_store.exit_code == 3
    note = run("verify", folder / "trace.db", "--checkpoint", folder / "ed25519.pub")
    assert note.exit_code == 3


def test_a_store_that_is_older_than_its_log(folder: Path) -> None:
    change(folder, "DELETE FROM log")
    result = run("verify", folder / "trace.db")
    assert result.exit_code == 3
    assert "The log has not begun: this store is older." in result.output
    made = run("checkpoint", folder / "trace.db", "--key", folder / "ed25519.key", "--origin", ORIGIN)
    assert made.stdout.splitlines()[:2] == [ORIGIN, "6"]
    assert run("verify", folder / "trace.db").exit_code == 0
