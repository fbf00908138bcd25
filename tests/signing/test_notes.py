"""Signed notes and checkpoints."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from epcis_kit.errors import SignatureError
from epcis_kit.signing import PrivateKeySigner, TrustStore
from epcis_kit.signing.merkle import leaf_hash, tree_root
from epcis_kit.signing.notes import Checkpoint, Note, NoteKey, keys_for, sign_note

ORIGIN = "demo.example/store"


def by_the_book(signer: PrivateKeySigner, name: str, text: str) -> str:
    """The note as the specification spells it out, by other means than the library's own."""
    raw = signer.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = hashlib.sha256(f"{name}\n".encode() + b"\x01" + raw).digest()[:4]
    signature = signer.private_key.sign(text.encode())
    return f"{text}\n\N{EM DASH} {name} {base64.b64encode(key_id + signature).decode()}\n"


def test_a_note_is_what_the_specification_says(signers: dict[str, PrivateKeySigner]) -> None:
    signer, text = signers["ed25519"], "one line\nand another\n"
    assert sign_note(text, signer, ORIGIN).decode() == by_the_book(signer, ORIGIN, text)
    (key,) = keys_for(TrustStore.load(signer.public_key), ORIGIN)
    note = Note.parse(by_the_book(signer, ORIGIN, text))
    assert (note.text, note.signers(key)) == (text, (key,))
    raw = signer.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert key.as_text() == f"{ORIGIN}+{key.id.hex()}+{base64.b64encode(bytes([1]) + raw).decode()}"


def test_a_changed_note(signers: dict[str, PrivateKeySigner]) -> None:
    (key,) = keys_for(TrustStore.load(signers["ed25519"].public_key), ORIGIN)
    note = Note.parse(sign_note("seven\n", signers["ed25519"], ORIGIN).replace(b"seven", b"eight"))
    with pytest.raises(SignatureError) as raised:
        note.signers(key)
    assert str(raised.value) == "The signature of 'demo.example/store' does not fit the note."


def test_a_signature_under_another_name_is_passed_over(signers: dict[str, PrivateKeySigner]) -> None:
    (key,) = keys_for(TrustStore.load(signers["ed25519"].public_key), "other.example/store")
    assert Note.parse(sign_note("seven\n", signers["ed25519"], ORIGIN)).signers(key) == ()


def test_a_checkpoint_comes_back(signers: dict[str, PrivateKeySigner]) -> None:
    checkpoint = Checkpoint(ORIGIN, 7, tree_root([leaf_hash(bytes([number])) for number in range(7)]))
    data = sign_note(checkpoint.text, signers["ed25519"], ORIGIN)
    note = Note.parse(data)
    assert Checkpoint.parse(note.text) == checkpoint
    trusted = keys_for(TrustStore.load(signers["ed25519"].public_key), ORIGIN)
    assert note.signers(*trusted) == tuple(trusted)
    assert NoteKey.parse(trusted[0].as_text()) == trusted[0]
    assert data.decode().splitlines()[:2] == [ORIGIN, "7"]


def test_a_key_of_another_kind_signs_no_note(signers: dict[str, PrivateKeySigner]) -> None:
    with pytest.raises(SignatureError) as raised:
        sign_note("text\n", signers["es256"], ORIGIN)
    assert str(raised.value) == "Cannot sign a note with ES256: expected an Ed25519 key."
    assert keys_for(TrustStore.load(signers["es256"].public_key), ORIGIN) == []


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "line\nbreak"])
def test_names_that_cannot_stand_in_a_note(name: str, signers: dict[str, PrivateKeySigner]) -> None:
    with pytest.raises(SignatureError, match="expected a name without space and plus sign"):
        sign_note("text\n", signers["ed25519"], name)


@pytest.mark.parametrize("text", ["no end", "tab\there\n", ""])
def test_texts_that_cannot_stand_in_a_note(text: str, signers: dict[str, PrivateKeySigner]) -> None:
    with pytest.raises(SignatureError, match="expected text without control characters"):
        sign_note(text, signers["ed25519"], ORIGIN)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno signature\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAAA",
        b"text\n\n\xe2\x80\x94 name !!!!!!!!\n",
        b"te\x00xt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"text\n\n" + b"\xe2\x80\x94 name AAAAAAAA\n" * 101,
    ],
)
def test_bytes_that_are_no_note(data: bytes) -> None:
    with pytest.raises(SignatureError) as raised:
        Note.parse(data)
    assert str(raised.value) == ("Cannot read signed note: expected text, an empty line, and lines of signatures.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        "origin\n01\n" + "A" * 43 + "=\n",
        "origin\n-1\n" + "A" * 43 + "=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n!!!!\n",
        "\n1\n" + "A" * 43 + "=\n",
    ],
)
def test_texts_that_are_no_checkpoint(text: str) -> None:
    with pytest.raises(SignatureError, match="expected lines of origin, size and root"):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [("+3036", "+3037"), ("+", " "), (ORIGIN, "another"), (ORIGIN, ""), ("op", "o"), ("+AT", "+Ag"), ("+AT", "+!!")],
)
def test_texts_that_are_no_verifier_key(old: str, new: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    text = NoteKey(ORIGIN, key).as_text()
    assert text == "demo.example/store+3036f37f+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    with pytest.raises(SignatureError) as raised:
        NoteKey.parse(text.replace(old, new))
    assert "expected 'name+hash+key' with Ed25519" in str(raised.value)
