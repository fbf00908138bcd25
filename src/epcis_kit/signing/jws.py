"""JSON Web Signatures in compact form: made for every profile in one place, verified in one place.

Takes bytes and a :class:`~epcis_kit.signing.keys.Signer`, or a token and a trust store; gives the token, or the payload
that was signed. The header that is written has ``alg``, ``kid`` and ``typ``. Refused when verifying, whatever the rest
says: ``none``, every symmetric algorithm, any algorithm that is not the key's own, keys or addresses of keys inside the
header (``jwk``, ``jku``, ``x5u``), critical extensions (``crit``, so also unencoded payloads), RSA below 2048 bits,
duplicate members. A certificate in the header (``x5c``) only selects among certificates that are trusted already.
"""

from __future__ import annotations

import base64
import json
import warnings
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.judging import judge
from epcis_kit.signing.key_names import base64url, from_base64url
from epcis_kit.signing.keys import PrivateKeySigner
from epcis_kit.signing.strict_json import parse
from epcis_kit.signing.verdicts import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.key_names import PublicKey
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.trust import Candidate
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["ALGORITHMS", "make_token", "open_token", "read_header"]

ALGORITHMS: Final = ("ES256", "ES384", "EdDSA", "Ed25519", "RS256", "PS256")
"""The JOSE algorithms that are accepted at all; which of them, the key decides."""

_HEADER_BYTES: Final = 64 << 10


def make_token(payload: bytes, signer: Signer, header: Mapping[str, Any], *, detached: bool = False) -> str:
    """A compact JWS; ``detached`` leaves the payload out (RFC 7515, appendix F).

    Raises:
        SignatureError: The signer uses an algorithm that is not accepted here.
    """
    if signer.alg not in ALGORITHMS:
        raise SignatureError(f"Cannot sign with {signer.alg!r}: expected one of {', '.join(ALGORITHMS)}.")
    members: dict[str, Any] = {"alg": signer.alg, "kid": signer.kid, **header}
    if isinstance(signer, PrivateKeySigner) and signer.certificates:
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - loaded on first use

        members["x5c"] = [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in signer.certificates]
    head = base64url(json.dumps(members, separators=(",", ":")).encode())
    body = base64url(payload)
    signature = base64url(signer.sign(f"{head}.{body}".encode()))
    return f"{head}..{signature}" if detached else f"{head}.{body}.{signature}"


def read_header(token: str) -> tuple[dict[str, Any], str, str, str]:
    """The header of a compact JWS that may be looked at further, and the three parts of the token.

    Raises:
        Stop: It is no compact JWS, or one of the kinds that are refused whatever the key.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise refuse("format", "malformed", f"Cannot read JWS: expected three parts, got {len(parts)}.")
    try:
        raw = from_base64url(parts[0])
    except ValueError as error:
        raise refuse("format", "malformed", f"Cannot read JWS header: {error}") from None
    header = parse(raw, what="JWS header", max_bytes=_HEADER_BYTES)
    if not isinstance(header, dict):
        raise refuse("format", "malformed", "Cannot read JWS header: expected an object.")
    if "crit" in header or "b64" in header:
        raise refuse(
            "format", "crit_unknown", f"The JWS header has critical extensions: {shorten(header.get('crit', ['b64']))}."
        )
    for name in ("jwk", "jku", "x5u"):
        if name in header:
            raise refuse("key", "embedded_key", f"The JWS header has {name!r}: a message cannot bring its own key.")
    alg = header.get("alg")
    if alg not in ALGORITHMS:
        raise refuse(
            "key", "alg_forbidden", f"The JWS has algorithm {shorten(alg)}: expected one of {', '.join(ALGORITHMS)}."
        )
    if not isinstance(header.get("kid", ""), str):
        raise refuse("format", "malformed", "Cannot read JWS header: expected text as 'kid'.")
    return header, parts[0], parts[1], parts[2]


def open_token(
    token: str, policy: Policy, verdict: Verdict, *, detached: bytes | None = None
) -> tuple[Any, bytes, Candidate]:
    """Header, payload and signer of a token whose signature is right.

    Args:
        token: The compact JWS.
        policy: What is trusted.
        verdict: Takes the checks.
        detached: The payload of a detached JWS.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    header, head, body, end = read_header(token)
    verdict.alg = header["alg"]
    if detached is not None:
        if body:
            raise refuse("format", "malformed", "Cannot read detached JWS: expected no payload inside.")
        body = base64url(detached)
    try:
        payload = from_base64url(body)
    except ValueError as error:
        raise refuse("format", "malformed", f"Cannot read JWS payload: {error}") from None
    whole = f"{head}.{body}.{end}"
    candidate = judge(
        verdict,
        policy,
        kid=header.get("kid"),
        chain=_chain(header),
        alg=header["alg"],
        fits=lambda key: _fits(whole, header["alg"], key),
    )
    return header, payload, candidate


def _chain(header: dict[str, Any]) -> list[Any]:
    from cryptography import x509  # noqa: PLC0415 - loaded on first use

    texts = header.get("x5c", [])
    if not texts:
        return []
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in texts[:5]]
    except (ValueError, TypeError) as error:
        raise refuse("format", "malformed", f"Cannot read certificate in JWS header: {error}.") from None


def _fits(token: str, alg: str, key: PublicKey) -> bool:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - on first use
    from joserfc import jws  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import import_key  # noqa: PLC0415

    kind: Any = {"E": "OKP" if alg.startswith("Ed") else "EC", "R": "RSA", "P": "RSA"}[alg[0]]
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    size = len(token)
    registry.max_header_length = max(registry.max_header_length, size)
    registry.max_payload_length = max(registry.max_payload_length, size)
    registry.max_signature_length = max(registry.max_signature_length, size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it prefers the name Ed25519 over EdDSA, which most verifiers know
        try:
            public = import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), kind)
            jws.deserialize_compact(token, public, algorithms=[alg], registry=registry)
        except (JoseError, ValueError):
            return False
    return True
