"""The profiles that are JSON Web Signatures, and the list of what is refused whatever the rest says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from epcis_kit.errors import SignatureError
from epcis_kit.signing import PrivateKeySigner, TrustEntry, VerificationResult, load_signer, public_pem, sign, verify
from epcis_kit.signing.jws import make_token
from epcis_kit.signing.key_names import base64url, did_key, from_base64url
from epcis_kit.signing.keys import private_pem

Signers = dict[str, PrivateKeySigner]
KINDS = ["es256", "ed25519", "rsa"]


def token_of(header: dict[str, Any], payload: bytes, signature: bytes = b"x" * 64) -> bytes:
    return ".".join(base64url(part) for part in (json.dumps(header).encode(), payload, signature)).encode()


def header_of(token: bytes) -> dict[str, Any]:
    return json.loads(from_base64url(token.split(b".")[0].decode()))  # type: ignore[no-any-return]


def refused(result: VerificationResult, code: str, status: str = "INVALID") -> None:
    assert (result.status, result.codes) == (status, (code,))
    assert result.payload is None
    assert result.epcis is None
    assert result.covered is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_signed_as_a_credential_comes_back_letter_for_letter(
    kind: str, signers: Signers, document: bytes, now: datetime
) -> None:
    signed = sign(document, key=signers[kind], at=now)
    assert (signed.profile, signed.suffix) == ("vc-jwt", ".jwt")
    result = verify(signed.data, trust=signers[kind].public_key, at=now)
    assert result.status == "VALID"
    assert result.epcis == document
    assert result.signed_at == now
    assert result.covered == "document"
    assert header_of(signed.data) == {
        "alg": {"es256": "ES256", "ed25519": "EdDSA", "rsa": "RS256"}[kind],
        "kid": signers[kind].kid,
        "typ": "vc+jwt",
        "cty": "vc",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_detached_signature_covers_every_byte(kind: str, signers: Signers, now: datetime) -> None:
    data = bytes(range(256)) * 1000
    signed = sign(data, key=signers[kind], at=now)
    assert (signed.profile, signed.suffix, signed.beside) == ("jws-detached", ".jws", True)
    result = verify(data, trust=signers[kind].public_key, signature=signed.data, at=now)
    assert (result.status, result.payload, result.covered) == ("VALID", data, "bytes")
    changed = data[:5000] + b"!" + data[5001:]
    refused(verify(changed, trust=signers[kind].public_key, signature=signed.data, at=now), "bad_signature")


def test_a_result_is_neither_true_nor_false(document: bytes, now: datetime) -> None:
    result = verify(document, at=now)
    with pytest.raises(TypeError) as raised:
        bool(result)
    assert str(raised.value) == "A verification result is neither true nor false: ask .valid or .status."
    assert result.status == "UNSIGNED"
    with pytest.raises(SignatureError) as wrong:
        result.raise_unless_valid()
    assert str(wrong.value) == "The signature is UNSIGNED: There is no signature, neither inside nor beside it."


def test_a_key_that_nobody_trusts_proves_nothing(signers: Signers, document: bytes, now: datetime) -> None:
    signed = sign(document, key=signers["es256"], at=now)
    refused(verify(signed.data, at=now), "signer_untrusted", "INDETERMINATE")
    refused(verify(signed.data, trust=signers["rsa"].public_key, at=now), "signer_untrusted", "INDETERMINATE")
    by_rsa = sign(document, key=signers["rsa"], at=now)
    refused(verify(by_rsa.data, at=now), "key_unknown", "INDETERMINATE")


# The refuse list of JWS, each line a test.


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "HS512", "ES256K", "RS1", "", None, 7, "ES512"])
def test_algorithms_that_are_never_accepted(alg: Any, signers: Signers, now: datetime) -> None:
    token = token_of({"alg": alg, "kid": signers["es256"].kid}, b"{}", b"")
    refused(verify(token, trust=signers["es256"].public_key, at=now), "alg_forbidden")


def test_a_public_key_used_as_the_secret_of_an_hmac(signers: Signers, now: datetime) -> None:
    public = signers["rsa"].public_key
    head = base64url(b'{"alg":"HS256"}') + "." + base64url(b"{}")
    forged = head + "." + base64url(hmac.digest(public_pem(public), head.encode(), hashlib.sha256))
    refused(verify(forged.encode(), trust=public, at=now), "alg_forbidden")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u"])
def test_a_message_cannot_bring_its_own_key(
    name: str, stranger: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    token = make_token(document, stranger, {name: "https://demo.example/key"})
    refused(verify(token.encode(), trust=stranger.public_key, at=now), "embedded_key")


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_critical_extensions(extra: dict[str, Any], stranger: PrivateKeySigner, document: bytes, now: datetime) -> None:
    token = make_token(document, stranger, extra)
    refused(verify(token.encode(), trust=stranger.public_key, at=now), "crit_unknown")


def test_an_rsa_key_below_2048_bits(now: datetime) -> None:
    key = rsa.generate_private_key(65537, 1024)
    head = base64url(b'{"alg":"RS256"}') + "." + base64url(b"{}")
    token = head + "." + base64url(key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))
    refused(verify(token.encode(), trust=key.public_key(), at=now), "key_weak")
    with pytest.raises(SignatureError) as raised:
        load_signer(private_pem(key))
    assert str(raised.value) == "Cannot use RSA key: expected 2048 to 8192 bits, got 1024."


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP256K1(), ec.SECP521R1()])
def test_other_curves(curve: ec.EllipticCurve, now: datetime) -> None:
    key = ec.generate_private_key(curve)
    token = token_of({"alg": "ES256"}, b"{}")
    refused(verify(token, trust=key.public_key(), at=now), "key_weak")


def test_an_algorithm_that_is_not_the_keys_own(signers: Signers, document: bytes, now: datetime) -> None:
    token = token_of({"alg": "RS256", "kid": signers["es256"].kid}, document)
    refused(verify(token, trust=signers["es256"].public_key, at=now), "alg_forbidden")


def test_an_algorithm_that_the_trust_does_not_name(signers: Signers, document: bytes, now: datetime) -> None:
    signed = sign(document, key=signers["es256"], at=now)
    entry = TrustEntry(name="Demo", keys=((None, signers["es256"].public_key),), algorithms=frozenset({"EdDSA"}))
    refused(verify(signed.data, trust=entry, at=now), "alg_forbidden")


def test_an_issuer_that_is_somebody_else(
    signers: Signers, stranger: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    """Both are trusted, and still the one may not sign for the other."""
    victim = TrustEntry(name="Victim", did="did:web:victim.example", keys=((None, signers["es256"].public_key),))
    attacker = TrustEntry(name="Attacker", did="did:web:attacker.example", keys=((None, stranger.public_key),))
    forged = PrivateKeySigner(stranger.private_key, "did:web:attacker.example#1")
    good = sign(document, key=PrivateKeySigner(signers["es256"].private_key, "did:web:victim.example#1"), at=now)
    assert verify(good.data, trust=[victim, attacker], at=now).status == "VALID"
    payload = json.loads(from_base64url(good.data.decode().split(".")[1]))
    token = make_token(json.dumps(payload).encode(), forged, {"typ": "vc+jwt"})
    refused(verify(token.encode(), trust=[victim, attacker], at=now), "issuer_kid_mismatch")


def test_a_key_under_a_did_that_the_trust_file_does_not_bind(signers: Signers, document: bytes, now: datetime) -> None:
    signer = PrivateKeySigner(signers["es256"].private_key, "did:web:victim.example#1")
    signed = sign(document, key=signer, at=now)
    refused(verify(signed.data, trust=signer.public_key, at=now), "issuer_kid_mismatch")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b'{"issuer":"a","issuer":"b"}', "duplicate_json_key"),
        (b'{"issuer":"a","credentialSubject":{"x":1,"x":2}}', "duplicate_json_key"),
        (b'{"issuer":NaN}', "number_out_of_range"),
        (b'{"issuer":-Infinity}', "number_out_of_range"),
        (b'{"issuer":"\\ud800"}', "malformed"),
        (b"[" * 100_000, "malformed"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "malformed"),
        (b"[]", "malformed"),
        (b"\xff", "malformed"),
    ],
)
def test_json_that_means_more_than_one_thing(
    payload: bytes, code: str, stranger: PrivateKeySigner, now: datetime
) -> None:
    token = make_token(payload, stranger, {"typ": "vc+jwt"})
    refused(verify(token.encode(), trust=stranger.public_key, at=now), code)


def test_a_header_with_a_member_twice(stranger: PrivateKeySigner, now: datetime) -> None:
    head = base64url(b'{"alg":"none","alg":"ES256"}') + "." + base64url(b"{}")
    token = head + "." + base64url(stranger.sign(head.encode()))
    refused(verify(token.encode(), trust=stranger.public_key, at=now), "duplicate_json_key")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_part_of_a_token_counts(part: int, signers: Signers, document: bytes, now: datetime) -> None:
    parts = sign(document, key=signers["es256"], at=now).data.strip().split(b".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + b"==="))
    raw[len(raw) // 2] ^= 1
    parts[part] = base64url(bytes(raw)).encode()
    result = verify(b".".join(parts), trust=signers["es256"].public_key, at=now)
    assert result.status in {"INVALID", "UNSIGNED"}
    assert result.payload is None


def test_a_token_in_a_second_spelling(signers: Signers, document: bytes, now: datetime) -> None:
    token = sign(document, key=signers["es256"], at=now).data.strip()
    refused(verify(token + b"=", trust=signers["es256"].public_key, at=now), "bad_signature")


# Time, audience, replay.


def credential(signer: PrivateKeySigner, **claims: Any) -> bytes:
    issuer = did_key(signer.public_key)
    return make_token(json.dumps({"issuer": issuer, "credentialSubject": {}, **claims}).encode(), signer, {}).encode()


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"validUntil": "2026-05-01T00:00:00Z"}, "expired"),
        ({"validFrom": "2026-07-01T00:00:00Z"}, "not_yet_valid"),
        ({"exp": 1_700_000_000}, "expired"),
        ({"nbf": 1_900_000_000}, "not_yet_valid"),
        ({"aud": "did:web:other.example"}, "wrong_audience"),
        ({"iss": "did:web:other.example"}, "issuer_kid_mismatch"),
        ({"validUntil": "soon"}, "malformed"),
        ({"validUntil": "2026-05-01"}, "malformed"),
    ],
)
def test_claims_that_do_not_hold(claims: dict[str, Any], code: str, stranger: PrivateKeySigner, now: datetime) -> None:
    token = credential(stranger, **claims)
    refused(verify(token, trust=stranger.public_key, at=now, audience="did:web:me.example"), code)


def test_a_credential_that_may_be_revoked_is_not_decided(stranger: PrivateKeySigner, now: datetime) -> None:
    token = credential(stranger, credentialStatus={"type": "BitstringStatusListEntry"})
    refused(verify(token, trust=stranger.public_key, at=now), "status_unknown", "INDETERMINATE")


def test_a_signature_that_was_accepted_before(signers: Signers, document: bytes, now: datetime) -> None:
    seen: list[str] = []

    def replayed(id_: str) -> bool:
        seen.append(id_)
        return seen.count(id_) > 1

    signed = sign(document, key=signers["es256"], at=now)
    assert verify(signed.data, trust=signers["es256"].public_key, at=now, seen=replayed).status == "VALID"
    refused(verify(signed.data, trust=signers["es256"].public_key, at=now, seen=replayed), "replay")


def test_a_key_that_is_past_its_time(signers: Signers, document: bytes, now: datetime) -> None:
    end = now + timedelta(days=1)
    entry = TrustEntry(name="Demo", keys=((None, signers["es256"].public_key),), valid_to=end)
    signed = sign(document, key=signers["es256"], at=now)
    assert verify(signed.data, trust=entry, at=now).status == "VALID"
    late = now + timedelta(days=2)
    refused(verify(signed.data, trust=entry, at=late), "expired_key_no_trusted_time", "INDETERMINATE")
    after = sign(document, key=signers["es256"], at=late)
    refused(verify(after.data, trust=entry, at=late), "expired")


def test_a_signature_of_the_future(signers: Signers, now: datetime) -> None:
    signed = sign(b"text", key=signers["es256"], at=now + timedelta(days=1))
    result = verify(b"text", trust=signers["es256"].public_key, signature=signed.data, at=now)
    refused(result, "not_yet_valid")


# Authority.


def test_a_signer_speaks_for_its_own_places_only(signers: Signers, document: bytes, now: datetime) -> None:
    signed = sign(document, key=signers["es256"], at=now)
    keys = ((None, signers["es256"].public_key),)
    own = TrustEntry(name="Own", keys=keys, glns=frozenset({"9521321000018"}))
    under = TrustEntry(name="Own", keys=keys, company_prefixes=frozenset({"9521321"}))
    other = TrustEntry(name="Other", keys=keys, company_prefixes=frozenset({"9521987"}))
    assert verify(signed.data, trust=own, at=now).status == "VALID"
    assert verify(signed.data, trust=under, at=now).status == "VALID"
    result = verify(signed.data, trust=other, at=now)
    refused(result, "party_not_authorised", "INDETERMINATE")
    assert result.checks[-1].detail == "Other may not speak for 'urn:epc:id:sgln:9521321.00001.0'."
