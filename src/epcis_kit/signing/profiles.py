"""Signing and verifying, whatever the kind of signature: the table of profiles and the two verbs over it.

Takes what users name (paths, bytes, binary files); gives a :class:`Signed` value or a
:class:`~epcis_kit.signing.results.VerificationResult`. A signature is found by content: inside XML or JSON, as a
compact JWS, or in a file beside the document (``FILE.jws``, ``FILE.jwt``, ``FILE.epcis-att.json``). Guarantees: where
several signatures are there, all of them must hold; a file beside a document counts only where it is about the very
bytes or events of that document; no file is written, and nothing is fetched but by a fetcher that the caller gives.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import io
import json
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal, TypeAlias

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing import credentials, detached
from epcis_kit.signing.did_web import DidWebResolver
from epcis_kit.signing.judging import Policy, names
from epcis_kit.signing.keys import load_signer
from epcis_kit.signing.linked_data import load_contexts
from epcis_kit.signing.strict_json import parse
from epcis_kit.signing.trust import TrustStore
from epcis_kit.signing.verdicts import Stop, Verdict, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from epcis_kit.signing.did_web import Fetcher
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.trust import TrustLike

__all__ = ["PROFILES", "Signed", "sign", "verify"]

Profile = Literal["vc-jwt", "xmldsig", "jws-detached", "di-jcs", "attest"]
Data: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes]"

_MOST: Final = 1 << 30
_ORDER: Final = {"VALID": 0, "UNSIGNED": 1, "INDETERMINATE": 2, "INVALID": 3}


@dataclasses.dataclass(frozen=True, slots=True)
class Signed:
    """What signing made.

    Attributes:
        profile: Its kind.
        data: The bytes to write.
        suffix: Behind which name they are found again: ``".jws"``, ``".jwt"``, ``".epcis-att.json"``; for a document
            that carries its signature inside, what is put before its own suffix: ``".signed"``.
        beside: The signature is a file beside the document, which stays as it is.
    """

    profile: str
    data: bytes
    suffix: str
    beside: bool

    def path_for(self, path: str | os.PathLike[str]) -> Path:
        """Where the bytes go by default, for a document at ``path``."""
        goal = Path(path)
        if self.suffix.startswith(".signed"):
            whole = goal.with_suffix("") if goal.suffix == ".gz" else goal
            return whole.with_suffix(self.suffix + whole.suffix)
        return goal.with_name(goal.name + self.suffix)


PROFILES: Final[dict[str, str]] = {
    "vc-jwt": "EPCIS JSON inside a W3C Verifiable Credential, as a JWT",
    "xmldsig": "EPCIS XML with an enveloped XML signature",
    "jws-detached": "the exact bytes of any file, signature beside it",
    "di-jcs": "EPCIS JSON inside a credential with a Data Integrity proof",
    "attest": "each event of a document in any format, signature beside it",
}
"""The kinds of signatures of files, with what each is for."""


def sign(
    source: Data,
    *,
    key: Signer | str | os.PathLike[str] | bytes,
    profile: str | None = None,
    passphrase: str | None = None,
    kid: str | None = None,
    at: datetime | None = None,
    **choices: Any,
) -> Signed:
    """Sign a document or any file.

    Args:
        source: A path, bytes or a binary file.
        key: A :class:`~epcis_kit.signing.keys.Signer`, or what
            :func:`~epcis_kit.signing.keys.load_signer` takes.
        profile: One of :data:`PROFILES`; for XML ``"xmldsig"`` and for JSON ``"vc-jwt"`` where it is not given, for
            any other file ``"jws-detached"``.
        passphrase: Of the key file.
        kid: The id verifiers know the key by.
        at: The time it says it was signed; now where it is not given.
        **choices: Of the profile: ``audience`` (attest), ``allow_inline_context`` (di-jcs).

    Raises:
        SignatureError: The key cannot be used, or the profile does not take such a document.
        DocumentError: ``attest``: the document cannot be read.
        OSError: A file cannot be opened.
    """
    signer = load_signer(key, passphrase=passphrase, kid=kid) if isinstance(key, (str, bytes, os.PathLike)) else key
    moment = at or datetime.now(UTC)
    data = _bytes_of(source)
    chosen = profile or _default_profile(data)
    if chosen not in PROFILES:
        raise SignatureError(f"Cannot sign with profile {shorten(chosen)}: expected one of {', '.join(PROFILES)}.")
    made = _SIGN[chosen](data, signer, moment, choices)
    if choices:
        raise SignatureError(f"Cannot sign with profile {chosen}: it has no choice {min(choices)!r}.")
    return made


def _default_profile(data: bytes) -> str:
    kind = _kind(_plain(data))
    return {"xml": "xmldsig", "json": "vc-jwt"}.get(kind, "jws-detached")


def _sign_detached(data: bytes, signer: Signer, at: datetime, choices: dict[str, Any]) -> Signed:  # noqa: ARG001
    return Signed("jws-detached", detached.sign_bytes(data, signer, at=at), ".jws", beside=True)


def _sign_credential(data: bytes, signer: Signer, at: datetime, choices: dict[str, Any]) -> Signed:  # noqa: ARG001
    return Signed("vc-jwt", credentials.sign_credential(_plain(data), signer, at=at), ".jwt", beside=False)


def _sign_events(data: bytes, signer: Signer, at: datetime, choices: dict[str, Any]) -> Signed:
    from epcis_kit.codec import iter_events  # noqa: PLC0415 - loaded when a document is read
    from epcis_kit.signing.attest import attest_events  # noqa: PLC0415

    audience = tuple(names(choices.pop("audience", None)))
    made = attest_events(iter_events(data), signer, at=at, audience=audience)
    return Signed("attest", made, ".epcis-att.json", beside=True)


def _sign_xml(data: bytes, signer: Signer, at: datetime, choices: dict[str, Any]) -> Signed:  # noqa: ARG001
    from epcis_kit.signing.xmldsig import sign_xml  # noqa: PLC0415 - loads lxml

    return Signed("xmldsig", sign_xml(_plain(data), signer), ".signed", beside=False)


def _sign_embedded(data: bytes, signer: Signer, at: datetime, choices: dict[str, Any]) -> Signed:
    from epcis_kit.signing.integrity import sign_embedded  # noqa: PLC0415 - loaded when it is needed

    inline = bool(choices.pop("allow_inline_context", False))
    made = sign_embedded(_plain(data), signer, at=at, allow_inline_context=inline)
    return Signed("di-jcs", made, ".signed", beside=False)


_SIGN: Final[dict[str, Callable[[bytes, Any, datetime, dict[str, Any]], Signed]]] = {
    "jws-detached": _sign_detached,
    "vc-jwt": _sign_credential,
    "attest": _sign_events,
    "xmldsig": _sign_xml,
    "di-jcs": _sign_embedded,
}


def verify(
    source: Data,
    *,
    trust: TrustLike = None,
    signature: Data | Sequence[Data] | None = None,
    profile: str | None = None,
    at: datetime | None = None,
    audience: str | Iterable[str] | None = None,
    seen: Callable[[str], bool] | None = None,
    partial: bool = False,
    did_documents: str | os.PathLike[str] | None = None,
    fetcher: Fetcher | None = None,
    contexts: str | os.PathLike[str] | None = None,
) -> VerificationResult:
    """Verify the signature of a document or file, and say who signed what.

    Args:
        source: A path, bytes or a binary file; or the path of a signature that stands beside its document.
        trust: Whom to believe: a trust file, a PEM public key or certificate, or several; see
            :mod:`epcis_kit.signing.trust`. Without it no signature is ``VALID``.
        signature: The content or path of a detached signature or attestation; several attestations may be given.
            Where it is not given, files beside ``source`` are looked for.
        profile: Only signatures of this kind count.
        at: The instant to decide for; now where it is not given.
        audience: The names by which the verifier is addressed.
        seen: Called with the id of a signature; true refuses it as a replay. Nothing is remembered here.
        partial: For attestations: the document may hold only some of the attested events.
        did_documents: A folder with documents of ``did:web``, as ``HOST/PATH/did.json``; see
            :class:`~epcis_kit.signing.did_web.DidWebResolver`.
        fetcher: Fetches such documents that are not in the folder; nothing is fetched without it.
        contexts: A folder of JSON-LD contexts, for proofs over RDF; see :mod:`epcis_kit.signing.linked_data`.

    Raises:
        SignatureError: The trust cannot be read.
        OSError: A file cannot be opened.
    """
    store = TrustStore.load(trust)
    policy = Policy(
        trust=store,
        at=at or datetime.now(UTC),
        audience=names(audience),
        seen=seen,
        partial=partial,
        resolver=None if did_documents is None and fetcher is None else DidWebResolver(did_documents, fetcher),
        contexts=None if contexts is None else load_contexts(contexts),
    )
    data, found = _signatures(source, signature)
    if profile is not None:
        found = [one for one in found if one[0] == profile]
    results = [_verified(kind, data, parts, policy) for kind, parts in found]
    if not results:
        detail = "There is no signature" + (
            f" of the kind {profile}." if profile else ", neither inside nor beside it."
        )
        return Verdict("", policy.at, store.policy_id).unsigned(detail)
    worst = max(results, key=lambda result: _ORDER[result.status])
    if len(results) > 1:
        others = ", ".join(f"{result.profile} {result.status}" for result in results)
        worst = dataclasses.replace(worst, warnings=(*worst.warnings, f"There are several signatures: {others}."))
    return worst


def _verified(kind: str, data: bytes, parts: list[bytes], policy: Policy) -> VerificationResult:
    verdict = Verdict(kind, policy.at, policy.trust.policy_id)
    try:
        return _VERIFY[kind](data, parts, policy, verdict)
    except Stop as stop:
        return verdict.stopped(stop)


def _verify_detached(data: bytes, parts: list[bytes], policy: Policy, verdict: Verdict) -> VerificationResult:
    return detached.verify_bytes(data, parts[0], policy, verdict)


def _verify_credential(data: bytes, parts: list[bytes], policy: Policy, verdict: Verdict) -> VerificationResult:
    if not parts:
        return credentials.verify_credential(_plain(data), policy, verdict)
    result = credentials.verify_credential(parts[0], policy, verdict)
    if not result.valid:
        return result
    if result.epcis is None or parse(result.epcis) != parse(_plain(data), what="document"):
        raise refuse("content", "digest_mismatch", "The credential beside the document is about another document.")
    return dataclasses.replace(result, match="exact")


def _verify_events(data: bytes, parts: list[bytes], policy: Policy, verdict: Verdict) -> VerificationResult:
    from epcis_kit.signing.attest import read_events, verify_events  # noqa: PLC0415 - loaded when it is needed

    return verify_events(read_events(data), parts, policy, verdict)


def _verify_xml(data: bytes, parts: list[bytes], policy: Policy, verdict: Verdict) -> VerificationResult:  # noqa: ARG001
    from epcis_kit.signing.xmldsig import verify_xml  # noqa: PLC0415 - loads lxml

    return verify_xml(_plain(data), policy, verdict)


def _verify_embedded(data: bytes, parts: list[bytes], policy: Policy, verdict: Verdict) -> VerificationResult:  # noqa: ARG001
    from epcis_kit.signing.integrity import verify_embedded  # noqa: PLC0415 - loaded when it is needed

    return verify_embedded(_plain(data), policy, verdict)


_VERIFY: Final[dict[str, Callable[[bytes, list[bytes], Policy, Verdict], VerificationResult]]] = {
    "jws-detached": _verify_detached,
    "vc-jwt": _verify_credential,
    "attest": _verify_events,
    "xmldsig": _verify_xml,
    "di-jcs": _verify_embedded,
}

_BESIDE: Final = ((".jws", "jws-detached"), (".jwt", "vc-jwt"), (".epcis-att.json", "attest"))


def _signatures(source: Data, signature: Data | Sequence[Data] | None) -> tuple[bytes, list[tuple[str, list[bytes]]]]:
    """The document, and each signature of it as its kind and the bytes beside the document."""
    given: list[Any] = [] if signature is None else [signature]
    if isinstance(signature, (list, tuple)):
        given = list(signature)
    path = Path(source) if isinstance(source, (str, os.PathLike)) else None
    if not given and path is not None:
        for suffix, kind in _BESIDE:
            document = path.with_name(path.name.removesuffix(suffix))
            if kind != "vc-jwt" and path.name.endswith(suffix) and document != path and document.is_file():
                return _bytes_of(document), [(kind, [_bytes_of(path)])]
    data = _bytes_of(source)
    plain = _plain(data)
    inside = _inside(plain)
    found: list[tuple[str, list[bytes]]] = [(inside, [])] if inside else []
    parts = [_bytes_of(one) for one in given]
    attestations = [part for part in parts if _kind(part) == "json"]
    for part in parts:
        if _kind(part) == "jws" or part.startswith(b"eyJ"):  # a damaged one is invalid, and not nothing
            found.append(("jws-detached" if part.count(b"..") == 1 else "vc-jwt", [part]))
        elif _kind(part) != "json":
            raise SignatureError(f"Cannot read signature {shorten(part, 40)}: expected a JWS or an attestation.")
    if not given and path is not None:
        for suffix, kind in _BESIDE:
            beside = path.with_name(path.name + suffix)
            if beside.is_file():
                found.append((kind, [_bytes_of(beside)]))
    if attestations:
        found.append(("attest", attestations))
    return data, found


def _inside(data: bytes) -> str | None:
    """The kind of signature that a document carries inside."""
    kind = _kind(data)
    if kind == "xml":
        from epcis_kit.signing.xmldsig import has_signature  # noqa: PLC0415 - it loads nothing itself

        return "xmldsig" if has_signature(data) else None
    if kind == "json" and b'"proof"' in data:
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(data)
            return "di-jcs" if isinstance(value, dict) and "proof" in value else None
    return "vc-jwt" if kind == "jws" else None


def _kind(data: bytes) -> str:
    """What bytes look like: ``"xml"``, ``"json"``, ``"jws"`` or nothing of these."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<")):
        return "xml"
    if start.startswith(b"{"):
        return "json"
    return "jws" if start.startswith(b"eyJ") and start.count(b".") <= 2 and b" " not in start.strip() else ""


def _bytes_of(source: Data) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as stream:
            data = stream.read(_MOST + 1)
    else:
        data = source.read(_MOST + 1)
    if len(data) > _MOST:
        raise SignatureError(f"Cannot read what is signed: expected at most {_MOST} bytes.")
    return data


def _plain(data: bytes) -> bytes:
    """The document inside gzip."""
    if not data.startswith(b"\x1f\x8b\x08"):
        return data
    with contextlib.suppress(OSError, EOFError, zlib.error), gzip.open(io.BytesIO(data)) as stream:
        whole = stream.read(_MOST + 1)
        if len(whole) <= _MOST:
            return whole
    return data
