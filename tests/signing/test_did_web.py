"""did:web: from a folder, by a fetcher where one was given, and never otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import RemoteUnreachable, SignatureError
from epcis_kit.signing import PrivateKeySigner, TrustEntry, TrustStore, sign, verify
from epcis_kit.signing.did_web import DidWebResolver, did_web_url, keys_of_did_document
from epcis_kit.signing.key_names import multibase

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from epcis_kit.signing.key_names import PublicKey

DID = "did:web:plant.example"


def did_document(key: PublicKey, did: str = DID, **more: Any) -> dict[str, Any]:
    method = {"id": f"{did}#1", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase(key)}
    return {"id": did, "verificationMethod": [method], "assertionMethod": ["#1"], **more}


class Shelf:
    """A fetcher that has documents in memory and remembers what it was asked for."""

    def __init__(self, **documents: Any) -> None:
        self.documents = documents
        self.asked: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        raise RemoteUnreachable(f"Cannot fetch {url!r}: nobody is there.")


class Answering(Shelf):
    """A fetcher that answers with one document."""

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return json.dumps(self.documents).encode()


@pytest.fixture
def signer(signers: dict[str, PrivateKeySigner]) -> PrivateKeySigner:
    return PrivateKeySigner(signers["es256"].private_key, f"{DID}#1")


@pytest.fixture
def folder(tmp_path: Path, signer: PrivateKeySigner) -> Path:
    place = tmp_path / "plant.example" / ".well-known"
    place.mkdir(parents=True)
    (place / "did.json").write_text(json.dumps(did_document(signer.public_key)))
    return tmp_path


@pytest.mark.parametrize(
    ("did", "url"),
    [
        (DID, "https://plant.example/.well-known/did.json"),
        ("did:web:plant.example:keys:1", "https://plant.example/keys/1/did.json"),
        ("did:web:plant.example%3A8443", "https://plant.example:8443/.well-known/did.json"),
        ("did:web:plant.example%3a8443:a", "https://plant.example:8443/a/did.json"),
        ("did:web:Plant.Example", "https://plant.example/.well-known/did.json"),
        ("did:web:localhost", "https://localhost/.well-known/did.json"),
    ],
)
def test_where_a_document_is(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:web:",
        "did:key:z6Mk",
        "did:web:plant.example:..",
        "did:web:plant.example:a:..:b",
        "did:web:plant.example:.",
        "did:web:plant.example:a/b",
        "did:web:plant.example/a",
        "did:web:plant.example:a%2Fb",
        "did:web:plant.example%3A",
        "did:web:plant.example%3A0",
        "did:web:plant.example%3A99999",
        "did:web:plant.example%3A80%3A80",
        "did:web:a b",
        "did:web:user@plant.example",
        "did:web:plant.example:",
        "did:web:-plant.example",
        "did:web:plant.example#1",
        "did:web:plänt.example",
        "did:web:" + "a" * 2000,
    ],
)
def test_names_that_lead_nowhere(did: str, tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="expected 'did:web:' with a host name and folders"):
        did_web_url(did)
    with pytest.raises(SignatureError, match="expected 'did:web:' with a host name and folders"):
        DidWebResolver(tmp_path, Answering()).keys(did)


def test_a_signer_whose_document_is_in_the_folder(
    folder: Path, signer: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    signed = sign(document, key=signer, at=now).data
    trust = TrustEntry(name="Demo Plant", did=DID)
    result = verify(signed, trust=trust, did_documents=folder, at=now)
    assert result.status == "VALID"
    assert result.signer is not None
    assert result.signer.as_dict() == {"id": DID, "name": "Demo Plant", "trust_source": "did:web cache"}
    stranger = verify(signed, did_documents=folder, at=now)
    assert (stranger.status, stranger.codes) == ("INDETERMINATE", ("signer_untrusted",))
    unknown = verify(signed, trust=trust, at=now)
    assert (unknown.status, unknown.codes) == ("INDETERMINATE", ("key_unknown",))


@pytest.mark.parametrize("profile", ["vc-jwt", "attest", "jws-detached", "di-jcs"])
def test_every_profile_that_names_its_key(
    profile: str, folder: Path, signer: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    made = sign(document, key=signer, profile=profile, at=now)
    trust = TrustEntry(name="Demo Plant", did=DID)
    source, beside = (document, made.data) if made.beside else (made.data, None)
    result = verify(source, signature=beside, trust=trust, did_documents=folder, at=now)
    assert (result.status, result.codes) == ("VALID", ())


def test_a_document_is_fetched_only_where_a_fetcher_was_given(
    folder: Path, signer: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    signed = sign(document, key=signer, at=now).data
    trust = TrustEntry(name="Demo Plant", did=DID)
    online = Answering(**did_document(signer.public_key))
    result = verify(signed, trust=trust, fetcher=online, at=now)
    assert result.status == "VALID"
    assert result.signers[0].trust_source == "did:web online"
    assert online.asked == ["https://plant.example/.well-known/did.json"]
    nobody = Shelf()
    assert verify(signed, trust=trust, fetcher=nobody, did_documents=folder, at=now).status == "VALID"
    assert nobody.asked == []
    away = verify(signed, trust=trust, fetcher=nobody, at=now)
    assert (away.status, away.codes) == ("INDETERMINATE", ("key_unknown",))
    assert away.checks[-1].detail == "Cannot fetch 'https://plant.example/.well-known/did.json': nobody is there."


def test_a_pinned_key_goes_before_a_document(
    signers: dict[str, PrivateKeySigner], signer: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    """A stolen web server cannot replace the key that was pinned."""
    pinned = TrustEntry(name="Demo Plant", did=DID, keys=((None, signers["ed25519"].public_key),))
    thief = Answering(**did_document(signer.public_key))
    result = verify(sign(document, key=signer, at=now).data, trust=pinned, fetcher=thief, at=now)
    assert (result.status, result.codes) == ("INVALID", ("alg_forbidden",))
    assert thief.asked == []


def test_the_document_of_another_signer(
    signers: dict[str, PrivateKeySigner], signer: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    signed, trust = sign(document, key=signer, at=now).data, TrustEntry(name="Demo Plant", did=DID)
    other = Answering(**did_document(signers["ed25519"].public_key))
    assert verify(signed, trust=trust, fetcher=other, at=now).codes == ("alg_forbidden",)
    foreign = Answering(**did_document(signer.public_key, did="did:web:other.example"))
    result = verify(signed, trust=trust, fetcher=foreign, at=now)
    assert (result.status, result.codes) == ("INDETERMINATE", ("key_unknown",))
    assert result.checks[-1].detail == (
        "Cannot use DID document: expected that of 'did:web:plant.example', got that of 'did:web:other.example'."
    )


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 1),
        ({"assertionMethod": []}, 0),
        ({"assertionMethod": [f"{DID}#1"]}, 1),
        ({"assertionMethod": f"{DID}#1"}, 1),
        ({"assertionMethod": ["#2"]}, 0),
        ({"assertionMethod": ["did:web:other.example#1"]}, 0),
        ({"assertionMethod": None, "authentication": ["#1"]}, 0),
        ({"verificationMethod": []}, 0),
        ({"verificationMethod": ["#1", 7, None, {"id": "#1"}, {"id": "#1", "publicKeyMultibase": "zzz"}]}, 0),
    ],
)
def test_which_keys_may_make_assertions(change: dict[str, Any], count: int, signer: PrivateKeySigner) -> None:
    data = json.dumps({**did_document(signer.public_key), **change}).encode()
    assert len(keys_of_did_document(data, DID)) == count


def test_a_document_that_says_nothing_of_what_keys_are_for(signer: PrivateKeySigner) -> None:
    plain = did_document(signer.public_key)
    del plain["assertionMethod"]
    assert len(keys_of_did_document(json.dumps(plain).encode(), DID)) == 1
    inside = {"id": DID, "assertionMethod": plain["verificationMethod"]}
    assert len(keys_of_did_document(json.dumps(inside).encode(), DID)) == 1
    foreign = {**plain["verificationMethod"][0], "controller": "did:web:other.example"}
    assert keys_of_did_document(json.dumps({"id": DID, "assertionMethod": [foreign]}).encode(), DID) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Cannot read DID document"),
        (b"[]", "got that of None"),
        (b'{"id":"did:web:plant.example","id":"did:web:plant.example"}', "stands twice"),
        (b'{"id":7}', "got that of 7"),
        (b"x" * (2 << 20), "expected at most 1048576 bytes"),
    ],
)
def test_bytes_that_are_no_document(data: bytes, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        keys_of_did_document(data, DID)


def test_a_trust_file_may_name_a_did_alone(tmp_path: Path) -> None:
    (tmp_path / "trust.toml").write_text(f'[[signer]]\nname = "Demo Plant"\ndid = "{DID}"\n')
    (entry,) = TrustStore.load(tmp_path / "trust.toml").entries
    assert (entry.name, entry.did, entry.keys) == ("Demo Plant", DID, ())
