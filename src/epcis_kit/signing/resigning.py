"""Converting a signed document and signing it again, with a statement of what the old signature said.

Takes a document, the trust to verify it by, and the key to sign with; gives the converted document with a new signature
and, beside it, a credential that records where it comes from: the digest of the old file, the verdict about its
signature, who signed it and when, and the digest of what was made of it. Guarantees: a document whose signature is
``INVALID`` is refused; of a document whose signature is ``VALID`` only what was signed is converted; the old signature
is the only thing that may be lost without ``allow_loss``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import EncodeError, SignatureError
from epcis_kit.signing.jws import make_token
from epcis_kit.signing.keys import load_signer
from epcis_kit.signing.profiles import Signed, sign, verify

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.codec import ConvertReport, ReadOptions
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.profiles import Data
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.trust import TrustLike

__all__ = ["Resigned", "resign"]

_SIGNATURE_LOSS: Final = "LOSS-SIGNATURE"
_PROFILES: Final = {"xml": "xmldsig", "json": "vc-jwt"}


@dataclasses.dataclass(frozen=True, slots=True)
class Resigned:
    """A converted document with its new signature.

    Attributes:
        document: The bytes of the document; with ``xmldsig`` the signature is in it.
        signed: The new signature, or the signed document, as :func:`epcis_kit.signing.profiles.sign` makes it.
        statement: A credential (JWT) that says what was converted, and what its old signature said.
        was: What verifying the old signature found.
        report: What the conversion did.
    """

    document: bytes
    signed: Signed
    statement: bytes
    was: VerificationResult
    report: ConvertReport

    def files(self, goal: Path) -> dict[Path, bytes]:
        """What to write for a document at ``goal``: it, its signature where that stands beside it, the statement."""
        files = {goal: self.document}
        if self.signed.data != self.document:
            files[self.signed.path_for(goal)] = self.signed.data
        files[goal.with_name(goal.name + ".conversion.jwt")] = self.statement
        return files


def resign(
    source: Data,
    *,
    key: Signer | str | os.PathLike[str] | bytes,
    format: str = "json",  # noqa: A002 - the name convert has for it
    version: str = "2.0",
    profile: str | None = None,
    trust: TrustLike = None,
    signature: Data | list[Data] | None = None,
    passphrase: str | None = None,
    at: datetime | None = None,
    allow_loss: bool = False,
    options: ReadOptions | None = None,
    **spelling: Any,
) -> Resigned:
    """Convert a document and sign what comes out.

    Args:
        source: A path, bytes or binary file; it may be signed inside, by a file beside it, or not at all.
        key: As for :func:`epcis_kit.signing.profiles.sign`.
        format: ``"json"`` or ``"xml"``.
        version: ``"2.0"``, or ``"1.2"`` for XML.
        profile: Of the new signature; ``xmldsig`` for XML and ``vc-jwt`` for JSON where it is not given.
        trust: Whom to believe about the old signature; without it no old signature is ``VALID``.
        signature: The old signature, where it stands neither inside nor beside the source.
        passphrase: Of the key file.
        at: The time of signing; now where it is not given.
        allow_loss: Go on where the target cannot hold something else than the signature.
        options: Limits for untrusted input.
        **spelling: As for :func:`epcis_kit.convert`.

    Raises:
        SignatureError: The old signature is ``INVALID``, or the key cannot be used.
        DocumentError: The source cannot be read.
        EncodeError: The target cannot hold something, and ``allow_loss`` is false.
        OSError: A file cannot be opened.
    """
    from epcis_kit import codec  # noqa: PLC0415 - loaded when a document is read

    signer = load_signer(key, passphrase=passphrase) if isinstance(key, (str, bytes, os.PathLike)) else key
    moment = at or datetime.now(UTC)
    data = _bytes_of(source)
    named = source if isinstance(source, (str, os.PathLike)) else data  # beside a path its signature is looked for
    was = verify(named, trust=trust, signature=signature, at=moment)
    if was.status == "INVALID":
        reasons = " ".join(check.detail for check in was.checks if check.status == "failed")
        raise SignatureError(f"Cannot sign again: the old signature is INVALID. {reasons}")
    told = was.epcis if was.valid and was.epcis is not None else data
    stream = io.BytesIO()
    choices = {} if options is None else {"options": options}
    report = codec.convert(
        told, stream, format=format, version=version, allow_loss=True, **choices, **spelling  # type: ignore[arg-type]
    )  # fmt: skip
    others = [loss for loss in report.losses if loss.rule != _SIGNATURE_LOSS]
    if others and not allow_loss:
        more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
        raise EncodeError(f"Cannot write {format.upper()} {version} without loss: {others[0]}{more}", others)
    signed = sign(stream.getvalue(), key=signer, profile=profile or _PROFILES[format], at=moment)
    document = signed.data if signed.profile == "xmldsig" else stream.getvalue()
    statement = _statement(data, document, signed.profile, was, report, signer, moment)
    return Resigned(document, signed, statement, was, report)


def _statement(  # noqa: PLR0917 - what it says, in its order
    data: bytes,
    document: bytes,
    profile: str,
    was: VerificationResult,
    report: ConvertReport,
    signer: Signer,
    at: datetime,
) -> bytes:
    verdict = {
        "status": was.status,
        "profile": was.profile or None,
        "alg": was.alg,
        "codes": list(was.codes),
        "signers": [one.as_dict() for one in was.signers],
        "signedAt": None if was.signed_at is None else was.signed_at.isoformat(),
        "verifiedAt": was.at.isoformat(),
        "policy": was.policy_id,
    }
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"urn:uuid:{uuid.uuid4()}",
        "type": ["VerifiableCredential", "EPCISConversionCredential"],
        "issuer": signer.issuer,
        "validFrom": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "credentialSubject": {
            "type": "EPCISConversion",
            "convertedFrom": {
                "sha256": hashlib.sha256(data).hexdigest(),
                "format": report.source_format,
                "signature": {name: value for name, value in verdict.items() if value is not None},
            },
            "convertedTo": {
                "sha256": hashlib.sha256(document).hexdigest(),
                "format": report.target_format,
                "profile": profile,
                "events": report.events,
            },
        },
    }
    text = json.dumps(credential, ensure_ascii=False, separators=(",", ":"))
    return make_token(text.encode(), signer, {"typ": "vc+jwt", "cty": "vc"}).encode() + b"\n"


def _bytes_of(source: Data) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:  # noqa: PTH123 - a path of any kind
            return stream.read()
    return source.read()
