"""What attesting adds to hashing, and how fast signatures are made and verified.

Attesting ten thousand events: their statements (event hash and record digest, the hashing) beside the leaves, the
Merkle tree, all proofs and the one signature; and beside all that the file needs, which is also their writing. One
document of a thousand events is signed and verified by each profile, beside one SHA-256 of its bytes. Sides take turns;
times are of the processor.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from epcis_kit import codec
from epcis_kit.signing import generate_key, load_signer, sign, verify
from epcis_kit.signing.attest import _quoted, attest_statements, statement_of
from epcis_kit.signing.jws import make_token
from epcis_kit.signing.keys import private_pem
from epcis_kit.signing.merkle import inclusion_texts, leaf_hash, tree_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.signing import PrivateKeySigner

ROUNDS = 5
ATTESTED = 10_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def measure_attestation(data: Any) -> Iterator[dict[str, Any]]:
    """What is not hashing in an attestation."""
    events = list(codec.iter_events(data.path(ATTESTED, "jsonl")))
    signer = load_signer(private_pem(generate_key("es256")))
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        statements = [statement_of(event) for event in events]
        hashed = time.process_time()
        leaves = [statement.leaf for statement in statements]
        written = time.process_time()
        levels = tree_levels(list(map(leaf_hash, leaves)))
        inclusion_texts(levels, _quoted)
        make_token(json.dumps({"root": levels[-1][0].hex(), "size": len(leaves)}).encode(), signer, {})
        built = time.process_time()
        attest_statements(statements, signer, at=NOW)
        times.append((hashed - start, built - written, time.process_time() - built))
    for name, at, target in (
        ("signing and tree of an attestation of 10,000 events", 1, "< 0.05"),
        ("all of an attestation of 10,000 events but hashing, its file too", 2, "reported"),
    ):
        yield {
            "name": name,
            "ours": round(statistics.median(row[at] for row in times) / ATTESTED * 1e6, 2),
            "peer": round(statistics.median(row[0] for row in times) / ATTESTED * 1e6, 2),
            "against": "hashing them: event hash and record digest",
            "ratio": round(statistics.median(row[at] / row[0] for row in times), 3),
            "target": target,
        }


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def measure_profiles(data: Any) -> Iterator[dict[str, Any]]:
    """Signing and verifying one document of a thousand events."""
    document, xml = data.path(1000, "json").read_bytes(), data.path(1000, "xml20").read_bytes()
    signers = {kind: load_signer(private_pem(generate_key(kind))) for kind in ("es256", "ed25519", "rsa")}
    for profile, kind, source in (
        ("jws-detached", "es256", document),
        ("vc-jwt", "es256", document),
        ("di-jcs", "ed25519", document),
        ("xmldsig", "rsa", xml),
    ):
        yield from measure_profile(profile, signers[kind], source)


def measure_profile(profile: str, signer: PrivateKeySigner, source: bytes) -> Iterator[dict[str, Any]]:
    """One profile."""
    made = sign(source, key=signer, profile=profile, at=NOW)
    target, beside = (source, made.data) if made.beside else (made.data, None)
    times = []
    for _ in range(ROUNDS):
        signing = seconds(lambda: sign(source, key=signer, profile=profile, at=NOW))
        verifying = seconds(lambda: verify(target, signature=beside, trust=signer.public_key, at=NOW))
        times.append((signing, verifying, seconds(lambda: hashlib.sha256(source).digest())))
    assert verify(target, signature=beside, trust=signer.public_key, at=NOW).status == "VALID"
    for verb, at in (("sign", 0), ("verify", 1)):
        yield {
            "name": f"{verb} a document of 1,000 events, {profile}, ms",
            "ours": round(statistics.median(row[at] for row in times) * 1e3, 2),
            "peer": round(statistics.median(row[2] for row in times) * 1e3, 2),
            "against": "one SHA-256 of its bytes",
            "ratio": round(statistics.median(row[at] / row[2] for row in times), 1),
            "target": "reported",
        }


def measure(data: Any) -> Iterator[dict[str, Any]]:
    """The rows of the table."""
    yield from measure_attestation(data)
    yield from measure_profiles(data)
