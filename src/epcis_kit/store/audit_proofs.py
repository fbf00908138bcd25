"""Proofs out of the audit log that a partner can verify without the store.

Takes the log of a store and checkpoints (signed notes); gives two kinds of JSON files, and verifies them:

* ``epcis-audit-inclusion/1``: this event was captured, with this document, at this time, from this sender: the event
  as it is stored, the records of both entries, and for each the path to the root of a checkpoint;
* ``epcis-audit-consistency/1``: the log of a later checkpoint begins with that of an earlier one: both, and the path.

Guarantees: a proof is ``VALID`` only under a checkpoint that a trusted key signed; where the arithmetic is right and
nobody vouches for the checkpoint it is ``INDETERMINATE``; anything else is ``INVALID``. No store and no clock is asked.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Literal

from epcis_kit.errors import SignatureError, StoreError, shorten
from epcis_kit.signing.merkle import consistent, leaf_hash, root_from_proof
from epcis_kit.signing.notes import Checkpoint, Note, NoteKey, keys_for, sign_note
from epcis_kit.signing.strict_json import parse
from epcis_kit.signing.verdicts import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from epcis_kit.signing import PrivateKeySigner, TrustStore
    from epcis_kit.store.audit import AuditLog

__all__ = [
    "ProofResult",
    "consistency_proof",
    "inclusion_proof",
    "open_checkpoint",
    "signed_checkpoint",
    "verify_proof",
]

INCLUSION: Final = "epcis-audit-inclusion/1"
CONSISTENCY: Final = "epcis-audit-consistency/1"
_DEEPEST: Final = 64

Status = Literal["VALID", "INVALID", "INDETERMINATE"]


@dataclasses.dataclass(frozen=True, slots=True)
class ProofResult:
    """What a proof proves.

    Attributes:
        status: ``"VALID"``, ``"INVALID"`` or ``"INDETERMINATE"``.
        detail: A sentence.
        signers: The names of the trusted keys under the checkpoint.
        records: The proved records, plain: the event's and the document's; empty unless ``VALID``.
        event: The event as it was stored, plain; ``None`` unless ``VALID`` and in the proof.
    """

    status: Status
    detail: str
    signers: tuple[str, ...] = ()
    records: tuple[dict[str, Any], ...] = ()
    event: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return dataclasses.asdict(self)


class _Wrong(Exception):  # noqa: N818 - no error of the caller's
    """The proof is wrong; never leaves this module."""


def signed_checkpoint(log: AuditLog, signer: PrivateKeySigner, origin: str) -> bytes:
    """The state of the log as a signed note.

    Args:
        log: Of the store.
        signer: An Ed25519 key.
        origin: The name of the log, for example ``demo.example/store``; the same for ever.

    Raises:
        SignatureError: The key is of another kind, or the name has a space or plus sign.
        StoreError: The log has no entry.
    """
    log.start()
    return sign_note(log.checkpoint(origin).text, signer, origin)


def open_checkpoint(data: bytes | str, trust: TrustStore | None = None) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
    """A checkpoint and the trusted keys that signed it.

    Raises:
        SignatureError: It is no checkpoint, or the signature of a trusted key does not fit.
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    return checkpoint, note.signers(*(keys_for(trust, checkpoint.origin) if trust is not None else ()))


def inclusion_proof(log: AuditLog, event_id: str, note: bytes | str | None = None) -> bytes:
    """The proof that an event was captured.

    Args:
        log: Of the store.
        event_id: The ``eventID``, or the hash of an event that has none.
        note: The checkpoint to prove it under; the present state, signed by nobody, where it is not given.

    Raises:
        StoreError: The event is not there, not as it was captured, or younger than the checkpoint.
        SignatureError: The note is no checkpoint.
    """
    log.start()
    if note is None:
        checkpoint = log.checkpoint("unsigned")
        state: dict[str, Any] = _plain(checkpoint)
    else:
        checkpoint, _ = open_checkpoint(note)
        _require_state(log, checkpoint)
        state = {"checkpoint": note if isinstance(note, str) else note.decode()}
    data, entries = log.prove(event_id, size=checkpoint.size)
    proof = {
        "type": INCLUSION,
        **state,
        "event": data.decode(),
        "entries": [
            {"index": entry.index, "record": entry.record.decode(), "path": _encoded(entry.path)} for entry in entries
        ],
    }
    return _written(proof)


def consistency_proof(log: AuditLog, first: bytes | str, second: bytes | str | None = None) -> bytes:
    """The proof that the log grew from one checkpoint to another.

    Args:
        log: Of the store.
        first: The earlier checkpoint.
        second: The later one; the present state, signed by nobody, where it is not given.

    Raises:
        StoreError: The log never was in one of these states.
        SignatureError: A note is no checkpoint.
    """
    log.start()
    earlier, _ = open_checkpoint(first)
    later = log.checkpoint("unsigned") if second is None else open_checkpoint(second)[0]
    _require_state(log, earlier)
    _require_state(log, later)
    path = log.consistency(earlier.size, later.size)
    proof: dict[str, Any] = {"type": CONSISTENCY, "first": _text(first)}
    proof["second"] = _plain(later) if second is None else _text(second)
    return _written({**proof, "path": _encoded(path)})


def _require_state(log: AuditLog, checkpoint: Checkpoint) -> None:
    if checkpoint.size > log.size() or log.root(checkpoint.size) != checkpoint.root:
        raise StoreError(
            f"Cannot prove anything under the checkpoint of {shorten(checkpoint.origin)} at {checkpoint.size}: "
            "the log of this store does not grow from it."
        )


def _text(note: bytes | str) -> str:
    return note if isinstance(note, str) else note.decode()


def _plain(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"size": checkpoint.size, "root": base64.b64encode(checkpoint.root).decode()}


def _encoded(nodes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(node).decode() for node in nodes]


def _written(proof: dict[str, Any]) -> bytes:
    return json.dumps(proof, ensure_ascii=False, indent=1).encode() + b"\n"


# -- verifying, without a store -------------------------------------------------------


def verify_proof(data: bytes, trust: TrustStore, note: bytes | str | None = None) -> ProofResult:
    """Whether a proof holds.

    Args:
        data: The JSON of a proof.
        trust: Whose checkpoints are believed.
        note: The checkpoint that an inclusion proof must lead to; the one in the proof where it is not given.
    """
    try:
        proof = parse(data, what="proof")
        kind = proof.get("type") if isinstance(proof, dict) else None
        if kind not in _KINDS:
            return ProofResult("INVALID", f"Cannot read proof: expected the type {' or '.join(_KINDS)}.")
        return _KINDS[kind](proof, trust, note)
    except (_Wrong, Stop, SignatureError) as error:
        return ProofResult("INVALID", str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return ProofResult("INVALID", f"Cannot read proof: {type(error).__name__} {shorten(str(error))}.")


def _inclusion(proof: dict[str, Any], trust: TrustStore, note: bytes | str | None) -> ProofResult:
    checkpoint, keys = _state(note if note is not None else proof.get("checkpoint", proof), trust)
    records = []
    for entry in proof["entries"]:
        record = entry["record"].encode()
        path = _decoded(entry["path"])
        index = _whole(entry["index"])
        if root_from_proof(leaf_hash(record), index, checkpoint.size, path) != checkpoint.root:
            raise _Wrong(f"Entry {index} is not in the log of {shorten(checkpoint.origin)} at {checkpoint.size}.")
        records.append(parse(record, what="record"))
    kinds = [record["type"] for record in records]
    if kinds != ["event", "document"] or records[0]["document"] != records[1]["document"]:
        raise _Wrong("Cannot read proof: expected the entries of one event and of its document.")
    event = proof["event"].encode()
    if records[0]["payload"] != "sha-256:" + hashlib.sha256(event).hexdigest():
        raise _Wrong("The event is not the one whose digest is in the log.")
    said = f"The event was captured at {records[1]['capturedAt']}"
    said += f" from {records[1]['sender']}." if records[1].get("sender") else "."
    return _judged(said, [checkpoint], [keys], tuple(records), parse(event, what="event"))


def _consistency(proof: dict[str, Any], trust: TrustStore, note: bytes | str | None) -> ProofResult:
    first, first_keys = _state(proof["first"], trust)
    second, second_keys = _state(note if note is not None else proof["second"], trust)
    if not consistent(first.size, first.root, second.size, second.root, _decoded(proof["path"])):
        raise _Wrong(f"The log at {second.size} does not begin with that at {first.size}.")
    if second.origin not in {first.origin, "unsigned"}:
        raise _Wrong(f"The checkpoints are of two logs, {shorten(first.origin)} and {shorten(second.origin)}.")
    said = f"The log at {second.size} begins with that at {first.size}."
    return _judged(said, [first, second], [first_keys, second_keys])


_KINDS: Final = {INCLUSION: _inclusion, CONSISTENCY: _consistency}


def _judged(
    said: str,
    checkpoints: Sequence[Checkpoint],
    keys: Sequence[tuple[NoteKey, ...]],
    records: tuple[dict[str, Any], ...] = (),
    event: dict[str, Any] | None = None,
) -> ProofResult:
    alone = [checkpoint for checkpoint, found in zip(checkpoints, keys, strict=True) if not found]
    if alone:
        return ProofResult("INDETERMINATE", f"No trusted key signed the checkpoint at {alone[0].size}.")
    names = dict.fromkeys(key.name for found in keys for key in found)
    return ProofResult("VALID", said, tuple(names), records, event)


def _state(value: Any, trust: TrustStore) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
    if isinstance(value, (str, bytes)):
        return open_checkpoint(value, trust)
    (root,) = _decoded([value["root"]])
    return Checkpoint("unsigned", _whole(value["size"]), root), ()


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _Wrong(f"Cannot read proof: expected a whole number, got {shorten(value)}.")
    return value


def _decoded(texts: Any) -> list[bytes]:
    if not isinstance(texts, list) or len(texts) > _DEEPEST:
        raise _Wrong(f"Cannot read proof: expected a list of at most {_DEEPEST} nodes.")
    try:
        nodes = [base64.b64decode(text, validate=True) for text in texts]
    except (binascii.Error, TypeError, ValueError):
        raise _Wrong("Cannot read proof: expected nodes in base64.") from None
    if any(len(node) != 32 for node in nodes):
        raise _Wrong("Cannot read proof: expected nodes of 32 bytes.")
    return nodes
