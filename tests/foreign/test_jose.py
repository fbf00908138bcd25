"""The npm package jose verifies our credentials, detached signatures and attestations; we verify what it signs."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.signing import public_pem, sign, verify
from epcis_kit.signing.keys import private_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from epcis_kit.signing import PrivateKeySigner

    Ask = Callable[..., dict[str, Any]]

KINDS = {"es256": "ES256", "ed25519": "EdDSA", "rsa": "RS256"}
WRONG = {"error": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}


def pem(signer: PrivateKeySigner) -> str:
    return public_pem(signer.public_key).decode()


def damaged(token: str, part: int) -> str:
    parts = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "==="))
    raw[len(raw) // 2] ^= 1
    parts[part] = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return ".".join(parts)


@pytest.mark.parametrize("kind", KINDS)
def test_jose_verifies_our_credentials(
    kind: str, ask: Ask, signers: dict[str, PrivateKeySigner], json_document: bytes, now: datetime
) -> None:
    signer = signers[kind]
    token = sign(json_document, key=signer, at=now).data.decode().strip()
    question = {"key": pem(signer), "algorithms": [KINDS[kind]]}
    answer = ask("jose.mjs", "verify", token=token, **question)
    payload = json.loads(base64.b64decode(answer["payload"]))
    assert answer["header"]["typ"] == "vc+jwt"
    assert payload["issuer"] == signer.issuer
    assert payload["credentialSubject"] == json.loads(json_document)
    claims = ask("jose.mjs", "verifyJwt", token=token, options={"typ": "vc+jwt"}, **question)
    assert claims["claims"]["issuer"] == signer.issuer
    assert ask("jose.mjs", "verify", token=damaged(token, 2), **question) == WRONG
    assert ask("jose.mjs", "verify", token=damaged(token, 1), **question) == WRONG


@pytest.mark.parametrize("kind", KINDS)
def test_jose_verifies_our_detached_signatures(
    kind: str, ask: Ask, signers: dict[str, PrivateKeySigner], now: datetime
) -> None:
    signer, data = signers[kind], bytes(range(256)) * 20
    token = sign(data, key=signer, profile="jws-detached", at=now).data.decode().strip()
    question = {"token": token, "key": pem(signer), "algorithms": [KINDS[kind]]}
    answer = ask("jose.mjs", "verifyDetached", payload=base64.b64encode(data).decode(), **question)
    assert base64.b64decode(answer["payload"]) == data
    assert ask("jose.mjs", "verifyDetached", payload=base64.b64encode(data[:-1]).decode(), **question) == WRONG


def test_jose_verifies_the_token_of_our_attestations(
    ask: Ask, signers: dict[str, PrivateKeySigner], json_document: bytes, now: datetime
) -> None:
    signer = signers["es256"]
    attestation = json.loads(sign(json_document, key=signer, profile="attest", at=now).data)
    answer = ask("jose.mjs", "verify", token=attestation["jws"], key=pem(signer), algorithms=["ES256"])
    claims = json.loads(base64.b64decode(answer["payload"]))
    assert (claims["typ"], claims["size"]) == ("epcis-attestation/1", 2)


@pytest.mark.parametrize("kind", KINDS)
def test_we_verify_credentials_that_jose_signs(
    kind: str, ask: Ask, signers: dict[str, PrivateKeySigner], json_document: bytes, now: datetime
) -> None:
    signer = signers[kind]
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": signer.issuer,
        "validFrom": "2025-12-01T00:00:00Z",
        "credentialSubject": json.loads(json_document),
    }
    answer = ask(
        "jose.mjs",
        "sign",
        payload=base64.b64encode(json.dumps(credential).encode()).decode(),
        header={"alg": KINDS[kind], "kid": signer.kid, "typ": "vc+jwt"},
        key=private_pem(signer.private_key).decode(),
    )
    result = verify(answer["token"].encode(), trust=signer.public_key, at=now)
    assert (result.status, result.profile, result.alg) == ("VALID", "vc-jwt", KINDS[kind])
    assert result.epcis is not None
    assert json.loads(result.epcis) == json.loads(json_document)
    assert verify(damaged(answer["token"], 1).encode(), trust=signer.public_key, at=now).status == "INVALID"


@pytest.mark.parametrize("kind", KINDS)
def test_we_verify_detached_signatures_that_jose_makes(
    kind: str, ask: Ask, signers: dict[str, PrivateKeySigner], now: datetime
) -> None:
    signer, data = signers[kind], b"sku;quantity\n1;2\n"
    answer = ask(
        "jose.mjs",
        "sign",
        payload=base64.b64encode(data).decode(),
        header={"alg": KINDS[kind], "kid": signer.kid},
        key=private_pem(signer.private_key).decode(),
    )
    head, _, end = answer["token"].split(".")
    result = verify(data, signature=f"{head}..{end}".encode(), trust=signer.public_key, at=now)
    assert (result.status, result.payload) == ("VALID", data)
    assert verify(data + b"!", signature=f"{head}..{end}".encode(), trust=signer.public_key, at=now).status == "INVALID"
