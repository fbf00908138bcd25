"""Proofs over RDF: verified with contexts that the user gave, and never where something is not covered."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import SignatureError
from epcis_kit.signing import PrivateKeySigner, VerificationResult, verify
from epcis_kit.signing.key_names import base58_encode
from epcis_kit.signing.keys import verification_method
from epcis_kit.signing.linked_data import load_contexts, rdf_proof_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

Signers = dict[str, PrivateKeySigner]
URL = "https://demo.example/contexts/v1"
TERMS = "https://demo.example/terms#"
CONTEXT = {
    "@context": {
        "@version": 1.1,
        "id": "@id",
        "type": "@type",
        **{
            name: TERMS + name
            for name in ("credentialSubject", "action", "epcList", "readPoint", "quantity", "cryptosuite")
        },
        **{name: {"@id": TERMS + name, "@type": "@id"} for name in ("issuer", "verificationMethod")},
        "proofPurpose": {"@id": TERMS + "proofPurpose", "@type": "@vocab"},
        **{name: {"@id": TERMS + name} for name in ("validFrom", "created")},
        **{name: TERMS + name for name in ("VerifiableCredential", "DataIntegrityProof", "ObjectEvent")},
        "assertionMethod": TERMS + "assertionMethod",
    }
}
DOCUMENT: dict[str, Any] = {
    "@context": [URL],
    "id": "urn:uuid:7c7c5b2e-9d1a-4d4e-9a53-1a1f6e0f2f10",
    "type": ["VerifiableCredential"],
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:9521321.012345.1", "urn:epc:id:sgtin:9521321.012345.2"],
        "readPoint": {"id": "urn:epc:id:sgln:9521321.00001.0"},
    },
}


@pytest.fixture
def contexts(tmp_path: Path) -> Path:
    data = json.dumps(CONTEXT).encode()
    (tmp_path / "v1.jsonld").write_bytes(data)
    (tmp_path / "contexts.toml").write_text(
        f'[[context]]\nurl = "{URL}"\nfile = "v1.jsonld"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
    )
    return tmp_path


@pytest.fixture(params=["ed25519", "es256"])
def signer(request: pytest.FixtureRequest, signers: Signers) -> PrivateKeySigner:
    return signers[request.param]


@pytest.fixture
def signed(signer: PrivateKeySigner, contexts: Path) -> dict[str, Any]:
    method = verification_method(signer.public_key)
    document = {**json.loads(json.dumps(DOCUMENT)), "issuer": method.partition("#")[0]}
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022" if signer.alg == "EdDSA" else "ecdsa-rdfc-2019",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    value = signer.sign(rdf_proof_input(document, proof, load_contexts(contexts)))
    return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(value)}}


@pytest.fixture
def check(signer: PrivateKeySigner, contexts: Path, now: datetime) -> Callable[[dict[str, Any]], VerificationResult]:
    def checked(value: dict[str, Any]) -> VerificationResult:
        return verify(json.dumps(value).encode(), trust=signer.public_key, contexts=contexts, at=now)

    return checked


def refused(result: VerificationResult, code: str, status: str = "INVALID") -> None:
    assert (result.status, result.codes) == (status, (code,))
    assert (result.payload, result.epcis, result.covered) == (None, None, None)


def test_a_proof_over_rdf(signed: dict[str, Any], check: Callable[..., VerificationResult]) -> None:
    result = check(signed)
    assert (result.status, result.codes, result.covered) == ("VALID", (), "document")
    subject = json.loads(result.epcis or b"")
    assert subject == DOCUMENT["credentialSubject"]
    turned = dict(reversed(signed.items()))
    turned["credentialSubject"]["epcList"].reverse()  # a set of statements has no order
    assert check(turned).status == "VALID"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda v: v["credentialSubject"].update(action="DELETE"), "bad_signature"),
        (lambda v: v["proof"].update(created="2026-01-02T00:00:00Z"), "bad_signature"),
        (lambda v: v["credentialSubject"].update(type="https://demo.example/Other"), "bad_signature"),
        (lambda v: v["credentialSubject"].update(errorDeclarationX={"reason": "x"}), "not_covered"),
        (lambda v: v["credentialSubject"]["readPoint"].update(unknownTerm=1), "not_covered"),
        (lambda v: v["proof"].update(unknownTerm="x"), "not_covered"),
        (lambda v: v["credentialSubject"]["epcList"].append("urn:epc:id:sgtin:9521321.012345.1"), "not_covered"),
        (lambda v: v["credentialSubject"].update(id="relative/name"), "not_covered"),
        (lambda v: v["credentialSubject"].update(id="_:b0"), "not_covered"),
        (lambda v: v["credentialSubject"].update(type=["ObjectEvent", "UndefinedType"]), "not_covered"),
        (lambda v: v["credentialSubject"].update(quantity=None), "not_covered"),
    ],
)
def test_a_document_that_was_changed(
    change: Any, code: str, signed: dict[str, Any], check: Callable[..., VerificationResult]
) -> None:
    change(signed)
    refused(check(signed), code)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.update({"@context": ["https://demo.example/contexts/v2"]}),
        lambda v: v["@context"].append("https://demo.example/contexts/v2"),
        lambda v: v["@context"].append({"action": None}),
        lambda v: v.update({"@context": []}),
        lambda v: v["credentialSubject"].update({"@context": URL}),
    ],
)
def test_contexts_that_are_not_in_the_folder(
    change: Any, signed: dict[str, Any], check: Callable[..., VerificationResult]
) -> None:
    change(signed)
    refused(check(signed), "context_not_allowed", "INDETERMINATE")


def test_without_contexts_nothing_is_decided(signer: PrivateKeySigner, signed: dict[str, Any], now: datetime) -> None:
    result = verify(json.dumps(signed).encode(), trust=signer.public_key, at=now)
    refused(result, "context_not_allowed", "INDETERMINATE")
    assert result.checks[-1].detail == "Proofs over RDF need contexts: name a folder of them."


def test_without_a_processor_nothing_is_decided(
    signed: dict[str, Any], check: Callable[..., VerificationResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyld", None)
    result = check(signed)
    refused(result, "unsupported", "INDETERMINATE")
    assert result.checks[-1].detail == "Proofs over RDF need a JSON-LD processor: pip install 'epcis-kit[ld]'."


def test_a_context_that_leads_to_another(
    signed: dict[str, Any], check: Callable[..., VerificationResult], contexts: Path
) -> None:
    data = json.dumps({"@context": ["https://demo.example/elsewhere", CONTEXT["@context"]]}).encode()
    (contexts / "v1.jsonld").write_bytes(data)
    (contexts / "contexts.toml").write_text(
        f'[[context]]\nurl = "{URL}"\nfile = "v1.jsonld"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
    )
    assert check(signed).status == "INDETERMINATE"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("[[context]]\nurl = 1\n", "expected url, file and sha256 of each context, got {'url': 1}."),
        ('[[context]]\nurl = "x"\nfile = "v1.jsonld"\nsha256 = "00"\n', "'v1.jsonld' is not the file of that sha256."),
        ("not toml", "contexts.toml cannot be read: "),
    ],
)
def test_a_folder_that_is_wrong(index: str, message: str, contexts: Path) -> None:
    (contexts / "contexts.toml").write_text(index)
    with pytest.raises(SignatureError) as raised:
        load_contexts(contexts)
    assert message in str(raised.value)


def test_a_file_that_is_no_json(contexts: Path) -> None:
    (contexts / "v1.jsonld").write_bytes(b"{")
    digest = hashlib.sha256(b"{").hexdigest()
    (contexts / "contexts.toml").write_text(f'[[context]]\nurl = "x"\nfile = "v1.jsonld"\nsha256 = "{digest}"\n')
    with pytest.raises(SignatureError, match=r"'v1\.jsonld' is not JSON"):
        load_contexts(contexts)
