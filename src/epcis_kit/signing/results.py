"""What a verification says: one status, the checks behind it, who signed, and only what was signed.

Takes the outcome of single checks; gives a frozen :class:`VerificationResult`. The status follows from the checks:

* ``VALID``: every check passed. Only then is there a :attr:`~VerificationResult.payload`.
* ``INVALID``: a check failed. What was signed is not what is there, or the signature breaks a rule.
* ``INDETERMINATE``: nothing failed and something cannot be decided, for example an unknown key.
* ``UNSIGNED``: there is no signature.

Guarantees: a result is never true or false by itself (``if result`` raises), so that nobody mistakes "there is a
result" for "it is valid"; nothing that was not covered by a valid signature is in ``payload``.
"""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from epcis_kit.errors import SignatureError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["CODES", "Check", "CheckStatus", "EventMatch", "Match", "SignerInfo", "Status", "VerificationResult"]

Status = Literal["VALID", "INVALID", "INDETERMINATE", "UNSIGNED"]
CheckStatus = Literal["passed", "failed", "undecided"]
Match = Literal["exact", "semantic", "mismatch"]

CODES: Final[dict[str, str]] = {
    "alg_forbidden": "the algorithm is none, symmetric, obsolete, or not the one of the key",
    "bad_signature": "the signature does not fit the content and the key",
    "cert_chain": "the certificate leads to no trusted authority",
    "context_not_allowed": "a context inside a credential, one that the proof does not name, or one not at hand",
    "crit_unknown": "the header names critical extensions",
    "digest_mismatch": "the content is not what was signed",
    "dtd_present": "the XML has a document type declaration",
    "duplicate_json_key": "a JSON object has a member twice",
    "embedded_key": "the signature brings its own key or the address of one",
    "error_declaration_unsigned": "an error declaration was added to the event or taken from it",
    "event_missing": "an attested event is not in the document",
    "event_not_attested": "an event of the document is not attested",
    "expired": "the key, certificate or credential is past its time",
    "expired_key_no_trusted_time": "the key is past its time, and only the signer says that it signed before",
    "hash_ambiguous": "a value could stand for two different events in the event hash",
    "issuer_kid_mismatch": "the key does not belong to the issuer",
    "key_unknown": "no trusted key fits",
    "key_usage": "the certificate is not for digital signatures",
    "key_weak": "the key is too short or of a forbidden kind",
    "malformed": "the signature cannot be read",
    "multiple_signatures": "there is more than one signature",
    "no_signature": "there is no signature",
    "not_covered": "something in the document is not covered by the signature",
    "not_in_tree": "a statement is not in the signed tree",
    "not_yet_valid": "the key, certificate, credential or signature is of a later time",
    "number_out_of_range": "a number cannot be signed exactly",
    "party_not_authorised": "the signer may not speak for a place in the events",
    "reference_not_root": "the XML signature does not cover the whole document",
    "replay": "this signature was accepted before",
    "signer_untrusted": "the signature is right, and nobody said who the signer is",
    "status_unknown": "the credential names a revocation list that was not asked",
    "transform_forbidden": "the XML signature transforms the document in a way that is not allowed",
    "unsupported": "a kind of signature this library does not verify",
    "wrong_audience": "it was signed for somebody else",
}
"""Every code a check can carry, with what it means."""


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One question that was asked.

    Attributes:
        name: What was asked: ``"format"``, ``"key"``, ``"signature"``, ``"time"``, ``"trust"``, ``"issuer"``,
            ``"content"``, ``"audience"``, ``"replay"``, ``"authority"``.
        status: ``"passed"``, ``"failed"`` or ``"undecided"``.
        code: One of :data:`CODES`; empty where it passed.
        detail: A sentence.
    """

    name: str
    status: CheckStatus
    code: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain data, ready for JSON."""
        plain = {"name": self.name, "status": self.status, "code": self.code, "detail": self.detail}
        return {key: value for key, value in plain.items() if value}


@dataclasses.dataclass(frozen=True, slots=True)
class SignerInfo:
    """Who signed, as far as the verifier's own trust says so.

    Attributes:
        id: DID, key id or certificate subject.
        name: The name in the trust file; ``None`` for a key that nobody vouches for.
        trust_source: Where the trust comes from, for example ``"trust.toml"``, ``"pinned key"`` or ``"did:key"``.
    """

    id: str
    name: str | None
    trust_source: str

    def as_dict(self) -> dict[str, str | None]:
        """Plain data, ready for JSON."""
        return {"id": self.id, "name": self.name, "trust_source": self.trust_source}


@dataclasses.dataclass(frozen=True, slots=True)
class EventMatch:
    """How one event of a document compares with what was attested about it.

    Attributes:
        index: Its zero-based number in the document; ``None`` for an attested event that is not there.
        event_id: The ``eventID``, if it has one.
        event_hash: Its event hash.
        match: ``"exact"``, ``"semantic"`` or ``"mismatch"``.
        code: One of :data:`CODES` where it is a mismatch.
        detail: A sentence.
    """

    index: int | None
    event_id: str | None
    event_hash: str
    match: Match
    code: str = ""
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        plain = {
            "index": self.index,
            "eventID": self.event_id,
            "eventHash": self.event_hash,
            "match": self.match,
            "code": self.code,
            "detail": self.detail,
        }
        return {key: value for key, value in plain.items() if value not in {None, ""}}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult:
    """What a verification found.

    Attributes:
        status: See the module.
        profile: The kind of signature, for example ``"vc-jwt"``; ``None`` where there is none.
        alg: The algorithm, for example ``"ES256"``.
        checks: What was asked, in order.
        signers: Who signed; one, except for events with attestations of several parties.
        covered: ``"document"``, ``"events"`` or ``"bytes"``; ``None`` unless valid.
        match: The worst match of the events of an attestation, ``"exact"`` for a file that equals its credential.
        events: One row an event, for attestations.
        payload: The bytes that were signed and nothing else; ``None`` unless valid.
        epcis: The EPCIS document or event in the payload, ready for reading; ``None`` where there is none.
        signed_at: When the signer says it signed.
        at: The instant for which all this was decided.
        policy_id: ``sha-256:…`` of the trust that was used.
        warnings: Sentences about what a valid signature does not say.
    """

    status: Status
    profile: str | None
    at: datetime
    alg: str | None = None
    checks: tuple[Check, ...] = ()
    signers: tuple[SignerInfo, ...] = ()
    covered: Literal["document", "events", "bytes"] | None = None
    match: Match | None = None
    events: tuple[EventMatch, ...] = ()
    payload: bytes | None = None
    epcis: bytes | None = None
    signed_at: datetime | None = None
    policy_id: str | None = None
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("A verification result is neither true nor false: ask .valid or .status.")

    @property
    def valid(self) -> bool:
        """True where the status is ``VALID``."""
        return self.status == "VALID"

    @property
    def signer(self) -> SignerInfo | None:
        """The signer, where there is exactly one."""
        return self.signers[0] if len(self.signers) == 1 else None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the checks that did not pass, in order."""
        return tuple(check.code for check in self.checks if check.code)

    def raise_unless_valid(self) -> None:
        """Raise :class:`~epcis_kit.errors.SignatureError` with the reasons unless the status is ``VALID``."""
        if not self.valid:
            reasons = " ".join(check.detail for check in self.checks if check.status != "passed")
            raise SignatureError(f"The signature is {self.status}: {reasons}")

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; the payload is in base64."""
        plain: dict[str, Any] = {
            "status": self.status,
            "profile": self.profile,
            "alg": self.alg,
            "signers": [signer.as_dict() for signer in self.signers],
            "covered": self.covered,
            "match": self.match,
            "signed_at": None if self.signed_at is None else self.signed_at.isoformat(),
            "at": self.at.isoformat(),
            "policy_id": self.policy_id,
            "checks": [check.as_dict() for check in self.checks],
            "warnings": list(self.warnings),
        }
        if self.events:
            plain["events"] = [event.as_dict() for event in self.events]
        if self.payload is not None:
            plain["payload"] = base64.b64encode(self.payload).decode()
        return plain
