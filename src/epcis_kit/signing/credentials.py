"""Profile ``vc-jwt``: a W3C Verifiable Credential (VCDM 2.0) around EPCIS JSON, secured with JOSE.

Takes the bytes of an EPCIS JSON document or event; gives a compact JWS with ``typ`` ``vc+jwt`` whose payload is the
credential; its ``credentialSubject`` is the EPCIS JSON letter for letter, so digits stay as they are. Guarantees when
verifying: the key belongs to the issuer (by its DID, or because the trust file binds it); ``validFrom``
and ``validUntil``, ``nbf`` and ``exp`` hold; ``typ`` is not asked for, because genuine credentials lack it.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.authority import check_authority_in
from epcis_kit.signing.judging import check_audience, check_replay, check_time, moment_of
from epcis_kit.signing.jws import make_token, open_token
from epcis_kit.signing.key_names import did_of
from epcis_kit.signing.strict_json import member_texts, parse
from epcis_kit.signing.verdicts import Stop, refuse

if TYPE_CHECKING:
    from datetime import datetime

    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.trust import Candidate
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["check_credential", "credential_text", "sign_credential", "verify_credential"]

_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"


def credential_text(subject: bytes, issuer: str, *, at: datetime, exact: bool = False) -> str:
    """The JSON text of a credential about the EPCIS JSON ``subject``.

    Args:
        subject: A document or an event.
        issuer: DID or name of the signer.
        at: The time from which it is valid.
        exact: Its numbers must have a canonical form.

    Raises:
        SignatureError: ``subject`` is no JSON object, or one that means more than one thing.
    """
    try:
        value = parse(subject, exact=exact, what="EPCIS JSON")
    except Stop as stop:
        raise SignatureError(str(stop)) from None
    if not isinstance(value, dict) or "type" not in value:
        raise SignatureError("Cannot sign as a credential: expected an EPCIS document or event in JSON.")
    kind = "EPCISDocumentCredential" if str(value["type"]).endswith("Document") else "EPCISEventCredential"
    members = {
        "@context": [_CONTEXT],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", kind],
        "issuer": issuer,
        "validFrom": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    head = json.dumps(members, separators=(",", ":"))
    return f'{head[:-1]},"credentialSubject":{subject.decode("utf-8").strip()}}}'


def sign_credential(subject: bytes, signer: Signer, *, at: datetime) -> bytes:
    """The compact JWS of a credential about ``subject``.

    Raises:
        SignatureError: As for :func:`credential_text`.
    """
    text = credential_text(subject, signer.issuer, at=at)
    return make_token(text.encode(), signer, {"typ": "vc+jwt", "cty": "vc"}).encode() + b"\n"


def verify_credential(token: bytes, policy: Policy, verdict: Verdict) -> VerificationResult:
    """Whether a credential is what its issuer signed.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    header, payload, candidate = open_token(token.decode("ascii", "replace").strip(), policy, verdict)
    credential = parse(payload, what="credential")
    if not isinstance(credential, dict):
        raise refuse("format", "malformed", "Cannot read credential: expected an object.")
    issuer = check_credential(credential, policy, verdict, candidate, header.get("kid"))
    if "iss" in credential and credential["iss"] != issuer:
        verdict.add("failed", "issuer", "issuer_kid_mismatch", "The claims 'iss' and 'issuer' differ.")
    end = moment_of(credential.get("exp"), "claim 'exp'")
    if end is not None and end <= policy.at:
        verdict.add("failed", "time", "expired", f"The claim 'exp' says {end.isoformat()}.")
    start = moment_of(credential.get("nbf"), "claim 'nbf'")
    if start is not None and start > policy.at:
        verdict.add("failed", "time", "not_yet_valid", f"The claim 'nbf' says {start.isoformat()}.")
    check_audience(verdict, policy, credential.get("aud"))
    epcis = _epcis(payload)
    check_authority_in(verdict, candidate.entry, epcis)
    return verdict.result(payload=payload, epcis=epcis, covered="document")


def check_credential(
    credential: dict[str, Any], policy: Policy, verdict: Verdict, candidate: Candidate, kid: str | None
) -> str:
    """Issuer, times and status of a credential whose signature is right; gives the issuer.

    Raises:
        Stop: A time in it cannot be read.
    """
    issuer = credential.get("issuer")
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    allowed = {candidate.id} | (set(candidate.entry.ids) if candidate.entry else set())
    if (
        not isinstance(issuer, str)
        or issuer not in allowed
        or (kid and kid.startswith("did:") and did_of(kid) not in allowed)
    ):
        verdict.add(
            "failed",
            "issuer",
            "issuer_kid_mismatch",
            f"The issuer is {shorten(issuer)}, and the key {candidate.id} is not bound to it.",
        )
    else:
        verdict.passed("issuer", issuer)
    start = moment_of(credential.get("validFrom", credential.get("issuanceDate")), "validFrom")
    end = moment_of(credential.get("validUntil", credential.get("expirationDate")), "validUntil")
    verdict.signed_at = verdict.signed_at or start
    check_time(verdict, policy, candidate)
    if start is not None and start > policy.at and "not_yet_valid" not in {check.code for check in verdict.checks}:
        verdict.add("failed", "time", "not_yet_valid", f"The credential begins at {start.isoformat()}.")
    if end is not None and end < policy.at:
        verdict.add("failed", "time", "expired", f"The credential ended at {end.isoformat()}.")
    if credential.get("credentialStatus"):
        verdict.add(
            "undecided", "status", "status_unknown", "The credential may have been revoked: its list was not asked."
        )
    if isinstance(credential.get("id"), str):
        check_replay(verdict, policy, credential["id"])
    return str(issuer)


def _epcis(payload: bytes) -> bytes | None:
    subject = member_texts(payload.decode("utf-8")).get("credentialSubject")
    return subject.encode() if subject is not None and subject.startswith("{") else None
