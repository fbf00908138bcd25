"""The suites of digitalbazaar verify the proofs that we put into JSON; we verify theirs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from epcis_kit.signing import load_signer, sign, verify
from epcis_kit.signing.key_names import key_from_multibase
from epcis_kit.signing.keys import private_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from epcis_kit.signing import PrivateKeySigner

    Ask = Callable[..., dict[str, Any]]

SUITES = {"ed25519": "eddsa-jcs-2022", "es256": "ecdsa-jcs-2019", "es384": "ecdsa-jcs-2019"}


@pytest.mark.parametrize("kind", SUITES)
def test_their_suites_verify_our_proofs(
    kind: str, ask: Ask, signers: dict[str, PrivateKeySigner], json_document: bytes, now: datetime
) -> None:
    signer = signers.get(kind) or load_signer(private_pem(ec.generate_private_key(ec.SECP384R1())))
    signed = json.loads(sign(json_document, key=signer, profile="di-jcs", at=now).data)
    assert signed["proof"]["cryptosuite"] == SUITES[kind]
    answer = ask("data_integrity.mjs", "verify", document=signed)
    assert answer == {"verified": True, "reasons": []}
    again = dict(reversed(signed.items()))
    assert ask("data_integrity.mjs", "verify", document=again)["verified"] is True
    signed["credentialSubject"]["epcisBody"]["eventList"][0]["action"] = "DELETE"
    answer = ask("data_integrity.mjs", "verify", document=signed)
    assert answer == {"verified": False, "reasons": ["Invalid signature."]}


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "ecdsa-jcs-2019"])
def test_we_verify_their_proofs(suite: str, ask: Ask, json_document: bytes, now: datetime) -> None:
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "validFrom": "2025-12-01T00:00:00Z",
        "credentialSubject": json.loads(json_document),
    }
    answer = ask("data_integrity.mjs", "sign", document=credential, cryptosuite=suite)
    assert "error" not in answer
    key = key_from_multibase(answer["key"])
    result = verify(json.dumps(answer["document"]).encode(), trust=key, at=now)
    assert (result.status, result.profile, result.codes) == ("VALID", "di-jcs", ())
    assert result.epcis is not None
    assert json.loads(result.epcis) == json.loads(json_document)
    answer["document"]["credentialSubject"]["schemaVersion"] = "2.1"
    changed = verify(json.dumps(answer["document"]).encode(), trust=key, at=now)
    assert (changed.status, changed.codes) == ("INVALID", ("bad_signature",))


def test_we_verify_their_proofs_over_rdf(ask: Ask, now: datetime, tmp_path: Path) -> None:
    """With their contexts in a folder; without them nothing is decided."""
    index = ""
    for number, (url, context) in enumerate(ask("data_integrity.mjs", "contexts").items()):
        data = json.dumps(context).encode()
        (tmp_path / f"{number}.jsonld").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        index += f'[[context]]\nurl = "{url}"\nfile = "{number}.jsonld"\nsha256 = "{digest}"\n'
    (tmp_path / "contexts.toml").write_text(index)
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:7c7c5b2e-9d1a-4d4e-9a53-1a1f6e0f2f10",
        "type": ["VerifiableCredential"],
        "name": "Shipping",
        "validFrom": "2025-12-01T00:00:00Z",
        "credentialSubject": {"id": "urn:epc:id:sscc:9521321.1234567890", "description": "One pallet"},
    }
    answer = ask("data_integrity.mjs", "sign", document=credential, cryptosuite="eddsa-rdfc-2022")
    assert "error" not in answer
    key = key_from_multibase(answer["key"])
    signed = json.dumps(answer["document"]).encode()
    result = verify(signed, trust=key, contexts=tmp_path, at=now)
    assert (result.status, result.codes) == ("VALID", ())
    undecided = verify(signed, trust=key, at=now)
    assert (undecided.status, undecided.codes) == ("INDETERMINATE", ("context_not_allowed",))
    changed = verify(signed.replace(b"One pallet", b"Two pallets"), trust=key, contexts=tmp_path, at=now)
    assert (changed.status, changed.codes) == ("INVALID", ("bad_signature",))
    answer["document"]["credentialSubject"]["undefinedTerm"] = "x"
    more = verify(json.dumps(answer["document"]).encode(), trust=key, contexts=tmp_path, at=now)
    assert (more.status, more.codes) == ("INVALID", ("not_covered",))
