"""Signed notes and checkpoints, in the form of the C2SP specifications ``signed-note`` and ``tlog-checkpoint``.

Takes text and an Ed25519 key; gives the note that Go's checksum database and transparency logs use, which their tools
verify::

    demo.example/store
    1200
    6bYkVHwDj6hqf0HxNqkW0cGZ6cF2cC0Z4QdRfO9P1hI=

    — demo.example/store Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

The text of a checkpoint is the name of the log, its size, and the root of its Merkle tree (RFC 9162), a line each. A
verifier key is one line, too: ``name+hash+key``. Guarantees: only Ed25519; signatures of unknown keys are passed over,
a wrong signature of a known key is an error, and a note without a signature of a known key proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.keys import key_signature_fits

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from epcis_kit.signing.keys import PrivateKeySigner
    from epcis_kit.signing.trust import TrustStore

__all__ = ["Checkpoint", "Note", "NoteKey", "keys_for", "sign_note"]

_ED25519: Final = b"\x01"
_LONGEST: Final = 1 << 20
_DASH: Final = "\u2014 "
_signature_line = re.compile(r"\u2014 ([^\s+]{1,300}) ([A-Za-z0-9+/]{8,400}={0,2})").fullmatch
_name = re.compile(r"[^\s+]{1,300}").fullmatch
_size = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


@dataclasses.dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes under a name.

    Attributes:
        name: What the signature line calls it; for checkpoints the name of the log.
        key: The public key.
    """

    name: str
    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self._raw).digest()[:4]

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes_raw()

    def as_text(self) -> str:
        """The key in one line, as verifiers take it: ``name+hash+key``."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self._raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """The key of its one line.

        Raises:
            SignatureError: It is no such line, or of another kind than Ed25519.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - on first use

        wrong = SignatureError(f"Cannot read verifier key {shorten(text)}: expected 'name+hash+key' with Ed25519.")
        name, _, rest = text.strip().partition("+")
        id_, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
            if not _name(name) or raw[:1] != _ED25519 or len(raw) != 33:
                raise wrong
            key = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except (binascii.Error, ValueError):
            raise wrong from None
        if key.id.hex() != id_:
            raise wrong
        return key


@dataclasses.dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: so many entries, under this root.

    Attributes:
        origin: The name of the log; no white space and no plus sign.
        size: How many entries it has.
        root: The root of its tree.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of a note's text; further lines are passed over.

        Raises:
            SignatureError: It is no checkpoint.
        """
        lines = text.split("\n")
        wrong = SignatureError(f"Cannot read checkpoint {shorten(text)}: expected lines of origin, size and root.")
        if len(lines) < 4 or not lines[0] or not _size(lines[1]):
            raise wrong
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError):
            raise wrong from None
        if len(root) != 32:
            raise wrong
        return cls(lines[0], int(lines[1]), root)


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A text with the signatures beneath it.

    Attributes:
        text: What is signed, with its last line break.
        signatures: Name, key id and signature, in the order of the note.
    """

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, data: bytes | str) -> Note:
        """The note of its bytes.

        Raises:
            SignatureError: It is no signed note.
        """
        wrong = SignatureError("Cannot read signed note: expected text, an empty line, and lines of signatures.")
        try:
            whole = data if isinstance(data, str) else data.decode("utf-8")
        except UnicodeDecodeError:
            raise wrong from None
        text, found, below = whole.rpartition("\n\n")
        if not found or len(whole) > _LONGEST or not below.endswith("\n"):
            raise wrong
        if any(ord(letter) < 0x20 and letter != "\n" for letter in whole):
            raise wrong
        signatures: list[tuple[str, bytes, bytes]] = []
        for line in below[:-1].split("\n"):
            match = _signature_line(line)
            if match is None or len(signatures) >= 100:
                raise wrong
            try:
                raw = base64.b64decode(match[2], validate=True)
            except (binascii.Error, ValueError):
                raise wrong from None
            signatures.append((match[1], raw[:4], raw[4:]))
        return cls(text + "\n", tuple(signatures))

    def signers(self, *keys: NoteKey) -> tuple[NoteKey, ...]:
        """Those of ``keys`` that signed this note.

        Raises:
            SignatureError: A signature names one of the keys and is not its own.
        """
        found: list[NoteKey] = []
        for name, id_, signature in self.signatures:
            for key in keys:
                if key.name != name or key.id != id_:
                    continue
                if not key_signature_fits(key.key, "EdDSA", self.text.encode(), signature):
                    raise SignatureError(f"The signature of {shorten(name)} does not fit the note.")
                if key not in found:
                    found.append(key)
        return tuple(found)


def sign_note(text: str, signer: PrivateKeySigner, name: str) -> bytes:
    """The note of ``text`` with one signature.

    Args:
        text: Ends with a line break.
        signer: An Ed25519 key.
        name: What the signature line calls the key.

    Raises:
        SignatureError: The key is of another kind, or the text or name cannot stand in a note.
    """
    if signer.alg != "EdDSA":
        raise SignatureError(f"Cannot sign a note with {signer.alg}: expected an Ed25519 key.")
    if not _name(name):
        raise SignatureError(f"Cannot sign a note as {shorten(name)}: expected a name without space and plus sign.")
    if not text.endswith("\n") or any(ord(letter) < 0x20 and letter != "\n" for letter in text):
        raise SignatureError(
            "Cannot sign a note: expected text without control characters that ends with a line break."
        )
    key = NoteKey(name, signer.public_key)  # type: ignore[arg-type]
    line = base64.b64encode(key.id + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {line}\n".encode()


def keys_for(trust: TrustStore, name: str) -> list[NoteKey]:
    """The Ed25519 keys that are believed, as keys that sign notes under ``name``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - on first use

    found = []
    for entry in trust.entries:
        keys = [key for _, key in entry.keys] + [one.public_key() for one in entry.certificates]
        found += [NoteKey(name, key) for key in keys if isinstance(key, Ed25519PublicKey)]
    return found
