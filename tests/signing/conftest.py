"""Keys made for one test run, documents, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from epcis_kit.signing import PrivateKeySigner, generate_key, load_signer
from epcis_kit.signing.keys import private_pem

DOCUMENT = (
    b'{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",'
    b'"schemaVersion":"2.0","creationDate":"2026-01-01T00:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent",'
    b'"eventTime":"2026-01-01T00:00:00Z","eventTimeZoneOffset":"+00:00","action":"OBSERVE",'
    b'"epcList":["urn:epc:id:sgtin:9521321.012345.1"],"readPoint":{"id":"urn:epc:id:sgln:9521321.00001.0"}}]}}'
)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def signer_of(kind: str, kid: str | None = None) -> PrivateKeySigner:
    return load_signer(private_pem(generate_key(kind)), kid=kid)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def signers() -> dict[str, PrivateKeySigner]:
    """One signer a kind of key."""
    return {kind: signer_of(kind) for kind in ("es256", "ed25519", "rsa")}


@pytest.fixture(scope="session")
def stranger() -> PrivateKeySigner:
    """A key that nobody trusts."""
    return signer_of("es256")


@pytest.fixture
def document() -> bytes:
    """An EPCIS document in JSON."""
    return DOCUMENT


@pytest.fixture
def now() -> datetime:
    """The instant at which tests sign and verify."""
    return NOW
