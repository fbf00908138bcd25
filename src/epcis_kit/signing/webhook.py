"""Profile ``webhook-hmac``: the ``GS1-Signature`` header of EPCIS 2.0 callbacks.

Takes the secret that subscriber and server share and the body of the request; gives the header's value, the base64 of
HMAC-SHA256 over the body with the UTF-8 of the secret as key. EPCIS 2.0 leaves the algorithm open; this is the form
that the published servers send. Guarantees: comparison in constant time. It proves to the subscriber that the server
sent the body, and nothing to anybody else: both sides can make it. It has no time in it, so ``seen`` refuses a body
that came before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from epcis_kit.errors import SignatureError
from epcis_kit.signing.judging import Policy, check_replay
from epcis_kit.signing.results import SignerInfo
from epcis_kit.signing.trust import TrustStore
from epcis_kit.signing.verdicts import Stop, Verdict, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.signing.results import VerificationResult

__all__ = ["HEADER", "sign_webhook", "verify_webhook"]

HEADER = "GS1-Signature"
"""The name of the header."""


def sign_webhook(body: bytes, secret: str) -> str:
    """The value of the header for ``body``.

    Raises:
        SignatureError: The secret is empty.
    """
    if not secret:
        raise SignatureError("Cannot sign webhook: expected a secret, got an empty text.")
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def verify_webhook(
    body: bytes,
    signature: str | None,
    secret: str,
    *,
    at: datetime | None = None,
    seen: Callable[[str], bool] | None = None,
) -> VerificationResult:
    """Whether ``signature`` (the header's value) is that of ``body``.

    Args:
        body: The body of the request, as it came.
        signature: The value of the header; ``None`` where the request has none.
        secret: What both sides share.
        at: Time of the request, for the result; now where it is not given.
        seen: True for a signature that was accepted before.

    Raises:
        SignatureError: The secret is empty.
    """
    moment = at or datetime.now(UTC)
    verdict = Verdict("webhook-hmac", moment, None)
    expected = sign_webhook(body, secret)
    if signature is None:
        return verdict.unsigned(f"The request has no header {HEADER}.")
    try:
        if not hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace")):
            raise refuse("signature", "bad_signature", "The signature does not fit the body.")
    except Stop as stop:
        return verdict.stopped(stop)
    verdict.alg = "HS256"
    verdict.passed("signature", "HMAC-SHA256")
    verdict.signers.append(SignerInfo("shared secret", None, "shared secret"))
    check_replay(verdict, Policy(trust=TrustStore(), at=moment, seen=seen), expected)
    verdict.warnings.append("A shared secret is no evidence for others: the receiver could have made it.")
    return verdict.result(payload=body, epcis=body, covered="bytes", match="exact")
