"""Profile ``jws-detached``: a signature over the exact bytes of any file, in a small file beside it.

Takes the bytes; gives the text of ``FILE.jws``, a compact JWS without its payload (RFC 7515, appendix F). Guarantees:
any change of any byte is caught, so it needs a transport that leaves files as they are; any JOSE library can verify it
by putting the base64url of the file between the two dots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.signing.authority import check_authority_in
from epcis_kit.signing.judging import check_replay, check_time, moment_of
from epcis_kit.signing.jws import make_token, open_token

if TYPE_CHECKING:
    from datetime import datetime

    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["sign_bytes", "verify_bytes"]


def sign_bytes(data: bytes, signer: Signer, *, at: datetime) -> bytes:
    """The text of the file beside ``data``; ``at`` is the time it says it was signed."""
    return make_token(data, signer, {"iat": int(at.timestamp())}, detached=True).encode() + b"\n"


def verify_bytes(data: bytes, signature: bytes, policy: Policy, verdict: Verdict) -> VerificationResult:
    """Whether ``signature`` is that of ``data``.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    token = signature.decode("ascii", "replace").strip()
    header, payload, candidate = open_token(token, policy, verdict, detached=data)
    verdict.signed_at = moment_of(header.get("iat"), "signing time")
    check_time(verdict, policy, candidate)
    check_replay(verdict, policy, token)
    if payload[:1] in {b"<", b"{"}:
        check_authority_in(verdict, candidate.entry, payload)
    return verdict.result(payload=payload, epcis=payload, covered="bytes", match="exact")
