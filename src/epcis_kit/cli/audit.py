"""``epcis-kit audit``: is the store still what was captured, and how a partner can be shown that it is.

Takes a store, checkpoints and proofs; gives checkpoints (signed notes), proofs (JSON) and verdicts. Guarantees: the
store is read only, except that the log of a store that is older than it is begun; exit code 0 only where everything
that was asked holds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import SignatureError, shorten

if TYPE_CHECKING:
    from epcis_kit.signing import TrustStore

__all__ = ["audit_group"]

_EXIT = {"VALID": 0, "INVALID": 1, "INDETERMINATE": 3}
_SQLITE = b"SQLite format 3\x00"
_SHOWN = 20

output_option = click.option("-o", "--output", metavar="FILE", help="Where to write; standard output if not given.")
checkpoint_option = click.option("--checkpoint", metavar="FILE", help="The checkpoint to prove it under.")


@click.group("audit")
def audit_group() -> None:
    """The log of what a store captured: checkpoints, proofs, and whether anything was changed since.

    \b
    Example: epcis-kit audit verify trace.db --checkpoint monday.note --trust plant.pub
    """


@audit_group.command("checkpoint")
@click.argument("store_path", metavar="STORE")
@click.option("--key", required=True, metavar="FILE", help="Private Ed25519 key: PEM, PKCS#12, or env:NAME.")
@click.option("--origin", required=True, metavar="NAME", help="The log's name, such as demo.example/store; keep it.")
@click.option("--passphrase-env", metavar="VARIABLE", help="The environment variable that holds the passphrase.")
@output_option
def checkpoint_command(
    *, store_path: str, key: str, origin: str, passphrase_env: str | None, output: str | None
) -> None:
    """Sign the present state of the log. Give it to partners: from then on no entry can be changed unseen.

    Exit codes: 0 done, 3 the store or key cannot be used.

    \b
    Example: epcis-kit audit checkpoint trace.db --key log.key --origin demo.example/store -o monday.note
    """
    from epcis_kit.cli.sign import load_key  # noqa: PLC0415 - loaded when it is needed
    from epcis_kit.store.audit_proofs import signed_checkpoint  # noqa: PLC0415

    signer = load_key(key, passphrase_env)
    with existing_store(store_path) as store:
        _write(signed_checkpoint(store.audit, signer, origin), output)


@audit_group.command("prove")
@click.argument("store_path", metavar="STORE")
@click.argument("event_id", metavar="EVENT_ID")
@checkpoint_option
@output_option
def prove_command(*, store_path: str, event_id: str, checkpoint: str | None, output: str | None) -> None:
    """Prove that an event was captured, when and from whom. The proof holds the event itself.

    Exit codes: 0 done, 3 the event is not there, not as it was captured, or younger than the checkpoint.

    \b
    Example: epcis-kit audit prove trace.db urn:uuid:... --checkpoint monday.note -o event.proof
    """
    from epcis_kit.store.audit_proofs import inclusion_proof  # noqa: PLC0415 - loaded when it is needed

    with existing_store(store_path) as store:
        _write(inclusion_proof(store.audit, event_id, _read(checkpoint)), output)


@audit_group.command("consistency")
@click.argument("store_path", metavar="STORE")
@click.argument("first", metavar="FIRST")
@click.argument("second", metavar="SECOND", required=False)
@output_option
def consistency_command(*, store_path: str, first: str, second: str | None, output: str | None) -> None:
    """Prove that the log grew from the checkpoint FIRST to the checkpoint SECOND, or to what it is now.

    Exit codes: 0 done, 3 the log never was in one of these states.

    \b
    Example: epcis-kit audit consistency trace.db monday.note friday.note -o week.proof
    """
    from epcis_kit.store.audit_proofs import consistency_proof  # noqa: PLC0415 - loaded when it is needed

    with existing_store(store_path) as store:
        _write(consistency_proof(store.audit, _read(first) or b"", _read(second)), output)


@audit_group.command("verify")
@click.argument("path", metavar="PATH")
@click.option("--checkpoint", multiple=True, metavar="FILE", help="A checkpoint of this log. May be repeated.")
@click.option("--trust", multiple=True, metavar="FILE", help="Whose checkpoints count: trust file, key or certificate.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify_command(*, path: str, checkpoint: tuple[str, ...], trust: tuple[str, ...], as_json: bool) -> None:
    """Compare a store with its log and with checkpoints, or verify a proof.

    Every event and document is compared: changed, removed and inserted ones are named. Someone who can rewrite the
    whole store can rewrite the log too, so bring a checkpoint that was given away before.

    Exit codes: 0 everything holds, 1 something was changed or a proof is wrong, 3 it cannot be decided or read.

    \b
    Example: epcis-kit audit verify trace.db --checkpoint monday.note --trust plant.pub
    """
    from epcis_kit.signing import TrustStore  # noqa: PLC0415 - loaded when it is needed

    believed = TrustStore.load(list(trust))
    with Path(path.removeprefix("sqlite:///")).open("rb") as stream:
        is_store = stream.read(len(_SQLITE)) in {_SQLITE, b""}
    result = _store(path, checkpoint, believed, bool(trust)) if is_store else _proof(path, checkpoint, believed)
    if as_json:
        click.echo(json.dumps({"file": path, **result}, ensure_ascii=False))
    else:
        click.echo(_as_text(path, result), nl=False)
    sys.exit(_EXIT[result["status"]])


def _store(path: str, checkpoints: tuple[str, ...], trust: TrustStore, trusting: bool) -> dict[str, Any]:
    from epcis_kit.store.audit_proofs import open_checkpoint  # noqa: PLC0415 - loaded when it is needed

    notes: list[str] = []
    status = "VALID"
    opened = []
    for name in checkpoints:
        state, keys = open_checkpoint(_read(name) or b"", trust)
        opened.append(state)
        if keys:
            notes.append(f"{name}: {state.size} entries, signed by {keys[0].name}")
        elif trusting:
            notes.append(f"{name}: {state.size} entries, signed by no trusted key")
            status = "INDETERMINATE"
        else:
            notes.append(f"{name}: {state.size} entries; its signature was not looked at (no --trust)")
    with existing_store(path) as store:
        report = store.audit.verify(opened)
    if not report.size and report.events:
        status = "INDETERMINATE"
        notes.append("The log has not begun: this store is older. The next capture or checkpoint begins it.")
    elif not report.intact:
        status = "INVALID"
    if not checkpoints:
        notes.append("No checkpoint was given: whoever rewrote the whole log as well is not found.")
    return {
        "status": status,
        "entries": report.size,
        "events": report.events,
        "root": report.root.hex(),
        "findings": [finding.as_dict() for finding in report.findings] if report.size else [],
        "more": report.more if report.size else 0,
        "notes": notes,
    }


def _proof(path: str, checkpoints: tuple[str, ...], trust: TrustStore) -> dict[str, Any]:
    from epcis_kit.store.audit_proofs import verify_proof  # noqa: PLC0415 - loaded when it is needed

    if len(checkpoints) > 1:
        raise click.UsageError("A proof is verified with one --checkpoint at most.")
    note = _read(checkpoints[0]) if checkpoints else None
    data = Path(path).read_bytes()
    if not data.lstrip().startswith(b"{"):
        raise SignatureError(f"Cannot verify {shorten(path)}: expected a store or a proof, got neither.")
    return verify_proof(data, trust, note).as_dict()


def _as_text(path: str, result: dict[str, Any]) -> str:
    if "entries" not in result:
        lines = [f"{path}: {result['status']}", f"  {result['detail']}"]
        lines += [f"  signed by {name}" for name in result["signers"]]
        return "\n".join(lines) + "\n"
    lines = [f"{path}: {result['status']} ({result['events']} events, {result['entries']} entries)"]
    findings = result["findings"]
    lines += [f"  {finding['code']}: {finding['detail']}" for finding in findings[:_SHOWN]]
    hidden = len(findings) + result["more"] - _SHOWN
    lines += [f"  … and {hidden} more"] if hidden > 0 else []
    lines += [f"  note: {note}" for note in result["notes"]]
    return "\n".join(lines) + "\n"


def _read(name: str | None) -> bytes | None:
    return None if name is None else Path(name).read_bytes()


def _write(data: bytes, output: str | None) -> None:
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415 - loaded when something is written

    if output in {None, "-"}:
        sys.stdout.buffer.write(data)
        return
    with replacing(Path(str(output))) as stream:
        stream.write(data)
