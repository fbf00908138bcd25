"""Lines of the refuse list that have no room of their own elsewhere: keys in messages, other DIDs, Merkle shortcuts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.signing import PrivateKeySigner, VerificationResult, sign, verify
from epcis_kit.signing.jws import make_token
from epcis_kit.signing.key_names import base64url
from epcis_kit.signing.merkle import consistent, leaf_hash, root_from_proof, tree_root

if TYPE_CHECKING:
    from datetime import datetime

Signers = dict[str, PrivateKeySigner]
XML = ek.write(
    [
        ek.ObjectEvent(
            event_time="2026-01-01T10:00:00Z",
            event_time_zone_offset="+01:00",
            action="OBSERVE",
            epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
        )
    ],
    format="xml",
    version="2.0",
)


def refused(result: VerificationResult, code: str, status: str = "INVALID") -> None:
    assert (result.status, result.codes) == (status, (code,))
    assert (result.payload, result.epcis, result.covered) == (None, None, None)


# XML


def test_a_key_that_a_signature_shows_is_no_trust(signers: Signers, now: datetime) -> None:
    signed = sign(XML, key=signers["rsa"], at=now).data
    assert b"KeyValue" in signed
    refused(verify(signed, at=now), "key_unknown", "INDETERMINATE")
    refused(verify(signed, trust=signers["es256"].public_key, at=now), "key_unknown", "INDETERMINATE")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2001/04/xmldsig-more#rsa-sha256", "2001/04/xmldsig-more#rsa-md5"),
        ("2001/04/xmlenc#sha256", "2001/04/xmldsig-more#md5"),
        ("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#hmac-sha1"),
        ("2001/04/xmldsig-more#rsa-sha256", "2009/xmldsig11#dsa-sha256"),
    ],
)
def test_broken_algorithms(old: str, new: str, signers: Signers, now: datetime) -> None:
    signed = sign(XML, key=signers["rsa"], at=now).data
    assert old.encode() in signed
    refused(
        verify(signed.replace(old.encode(), new.encode()), trust=signers["rsa"].public_key, at=now), "alg_forbidden"
    )


def test_what_was_put_beside_the_signed_document_is_not_returned(signers: Signers, now: datetime) -> None:
    """The whole document is covered: whatever is put into it makes it another one."""
    signed = sign(XML, key=signers["rsa"], at=now).data
    added = signed.replace(b"<ds:Signature", b"<evil xmlns=''/><ds:Signature", 1)
    assert added != signed
    refused(verify(added, trust=signers["rsa"].public_key, at=now), "bad_signature")


# DIDs


@pytest.mark.parametrize(
    "did",
    [
        "did:ethr:0xb9c5714089478a327f09197987f16f9e5d936e8a",
        "did:webvh:Qm:plant.example",
        "did:example:123",
        "http://plant.example/keys/1",
    ],
)
def test_dids_of_other_methods(did: str, signers: Signers, document: bytes, now: datetime) -> None:
    class Never:
        def fetch(self, url: str) -> bytes:
            raise AssertionError(url)

    signer = PrivateKeySigner(signers["es256"].private_key, f"{did}#1")
    for profile in ("vc-jwt", "di-jcs") if did.startswith("did:") else ("vc-jwt",):
        signed = sign(document, key=signer, profile=profile, at=now).data
        result = verify(signed, trust=signers["ed25519"].public_key, fetcher=Never(), at=now)
        assert (result.status, result.payload) == ("INDETERMINATE", None)


@pytest.mark.parametrize("did", ["did:web:plant.example:..:x", "did:web:127.0.0.1/x", "did:web:a@b.example"])
def test_a_did_web_that_leads_elsewhere(did: str, signers: Signers, document: bytes, now: datetime) -> None:
    class Never:
        def fetch(self, url: str) -> bytes:
            raise AssertionError(url)

    signer = PrivateKeySigner(signers["es256"].private_key, f"{did}#1")
    signed = sign(document, key=signer, at=now).data
    refused(verify(signed, fetcher=Never(), at=now), "key_unknown", "INDETERMINATE")


# JSON and linked data


@pytest.mark.parametrize(
    ("suite", "code"),
    [("eddsa-rdfc-2022", "context_not_allowed"), ("ecdsa-sd-2023", "unsupported"), ("bbs-2023", "unsupported")],
)
def test_suites_that_need_contexts_are_not_decided(
    suite: str, code: str, signers: Signers, document: bytes, now: datetime
) -> None:
    value = json.loads(sign(document, key=signers["ed25519"], profile="di-jcs", at=now).data)
    value["proof"]["cryptosuite"] = suite
    result = verify(json.dumps(value).encode(), trust=signers["ed25519"].public_key, at=now)
    refused(result, code, "INDETERMINATE")


def test_a_header_without_end(stranger: PrivateKeySigner, document: bytes, now: datetime) -> None:
    token = make_token(document, stranger, {"padding": "x" * (65 << 10)})
    refused(verify(token.encode(), trust=stranger.public_key, at=now), "malformed")


# Merkle


def attested(signers: Signers, now: datetime, change: Any) -> VerificationResult:
    """An attestation of two events, signed by a key that is trusted, whose tree was made in another way."""
    when = {"event_time": "2026-01-01T10:00:00Z", "event_time_zone_offset": "+01:00"}
    events = [ek.ObjectEvent(**when, action="OBSERVE", epc_list=[f"urn:x:{number}"]) for number in range(2)]
    document = ek.write(events)
    signer = signers["es256"]
    file = json.loads(sign(document, key=signer, profile="attest", at=now).data)
    payload = {
        "typ": "epcis-attestation/1",
        "iss": signer.issuer,
        "iat": int(now.timestamp()),
        "jti": "urn:uuid:1",
        "hash": "sha-256",
        **change(file["events"]),
    }
    file["jws"] = make_token(json.dumps(payload).encode(), signer, {"typ": "JOSE"})
    return verify(document, signature=json.dumps(file).encode(), trust=signer.public_key, at=now)


def leaf_bytes(row: dict[str, Any]) -> bytes:
    from epcis_kit.signing.attest import Statement  # noqa: PLC0415 - here only

    names = [field.name for field in dataclasses.fields(Statement)]
    values = (row["eventHash"], row["recordDigest"], row["eventID"], row["errorDeclaration"])
    return Statement(**dict(zip(names, values, strict=True))).leaf


def test_the_tree_that_is_asked_for(signers: Signers, now: datetime) -> None:
    def honest(rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"root": base64url(tree_root([leaf_hash(leaf_bytes(row)) for row in rows])), "size": 2}

    assert attested(signers, now, honest).status == "VALID"


@pytest.mark.parametrize("size", [0, -1, True, "2", None, 2.0])
def test_a_tree_of_no_size(size: Any, signers: Signers, now: datetime) -> None:
    result = attested(signers, now, lambda _rows: {"root": base64url(bytes(32)), "size": size})
    refused(result, "not_in_tree")


def test_leaves_that_were_hashed_like_anything_else(signers: Signers, now: datetime) -> None:
    """Without the zero byte before them a node could pass for a leaf."""

    def plain(rows: list[dict[str, Any]]) -> dict[str, Any]:
        leaves = [hashlib.sha256(leaf_bytes(row)).digest() for row in rows]
        for row, other in zip(rows, reversed(leaves), strict=True):
            row["path"] = [base64url(other)]
        return {"root": base64url(tree_root(leaves)), "size": 2}

    refused(attested(signers, now, plain), "not_in_tree")


def test_a_last_leaf_that_was_doubled(signers: Signers, now: datetime) -> None:
    """A tree that repeats its last leaf would have one root for two lists of events."""

    def doubled(rows: list[dict[str, Any]]) -> dict[str, Any]:
        leaves = [leaf_hash(leaf_bytes(row)) for row in rows]
        return {"root": base64url(tree_root([*leaves, leaves[-1]])), "size": 2}

    refused(attested(signers, now, doubled), "not_in_tree")
    one, two = leaf_hash(b"1"), leaf_hash(b"2")
    assert tree_root([one, two, two]) != tree_root([one, two])


def test_places_and_sizes_that_prove_nothing() -> None:
    leaf = leaf_hash(b"1")
    assert root_from_proof(leaf, 1, 1, []) is None
    assert root_from_proof(leaf, -1, 1, []) is None
    assert root_from_proof(b"short", 0, 1, []) is None
    assert not consistent(0, tree_root([]), 1, leaf, [])
    assert not consistent(2, leaf, 1, leaf, [])
