"""The questions every profile asks: which key, is it strong, does the signature fit, who vouches, when, for whom.

Takes a :class:`Policy` and what a message says about its key; gives the :class:`~epcis_kit.signing.trust.Candidate`
whose signature it is. Guarantees: the order is always the same (key, strength, algorithm, signature, trust), so a
message that is wrong is ``INVALID`` and a message that nobody can judge is ``INDETERMINATE``; the clock is passed in.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import RemoteError, SignatureError, shorten
from epcis_kit.signing.keys import algorithms_of, weakness
from epcis_kit.signing.results import SignerInfo
from epcis_kit.signing.verdicts import refuse, undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cryptography.x509 import Certificate

    from epcis_kit.signing.did_web import DidWebResolver
    from epcis_kit.signing.key_names import PublicKey
    from epcis_kit.signing.trust import Candidate, TrustEntry, TrustStore
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["Policy", "check_audience", "check_replay", "check_time", "judge", "moment_of"]

_SKEW: Final = timedelta(minutes=5)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a verifier decides by.

    Attributes:
        trust: Who is believed.
        at: For which instant.
        audience: By which names the verifier is addressed; empty accepts what is meant for anybody.
        seen: True for the id of a signature that was accepted before.
        partial: An attested document may be a part of what was attested.
        resolver: Finds documents of ``did:web``; without it only pinned keys count.
        contexts: JSON-LD contexts by address, for proofs over RDF.
    """

    trust: TrustStore
    at: datetime
    audience: frozenset[str] = frozenset()
    seen: Callable[[str], bool] | None = None
    partial: bool = False
    resolver: DidWebResolver | None = None
    contexts: Mapping[str, Any] | None = None


def judge(
    verdict: Verdict,
    policy: Policy,
    *,
    kid: str | None,
    chain: Sequence[Certificate],
    alg: str | None,
    fits: Callable[[PublicKey], bool],
    algorithms: Callable[[PublicKey], Sequence[str]] = algorithms_of,
) -> Candidate:
    """The key that made a signature.

    Args:
        verdict: Takes the checks.
        policy: What is trusted.
        kid: The name of the key in the message.
        chain: Certificates in the message.
        alg: The algorithm in the message.
        fits: Whether the signature is that of a key.
        algorithms: The algorithms that a key may be used with.

    Raises:
        Stop: No key is known, or it is weak or of another algorithm, or the signature is not its own.
    """
    try:
        candidates = policy.trust.candidates(kid, chain, policy.at, policy.resolver)
    except ValueError as error:
        raise refuse("key", "malformed", str(error)) from None
    except (SignatureError, RemoteError) as error:
        raise undecided("key", "key_unknown", str(error)) from None
    if not candidates:
        code, called = ("cert_chain", chain[0].subject.rfc4514_string()) if chain else ("key_unknown", kid)
        raise undecided("key", code, f"Nobody is trusted whose key is {shorten(called)}.")
    strong = [one for one in candidates if weakness(one.key) is None]
    if not strong:
        raise refuse("key", "key_weak", weakness(candidates[0].key) or "")
    usable = [
        one
        for one in strong
        if alg in algorithms(one.key) and (one.entry is None or _named_by(one.entry, one.key, alg))
    ]
    if not usable:
        if not any(one.named for one in strong):
            raise undecided("key", "key_unknown", f"Nobody is trusted whose key is {shorten(kid)}.")
        raise refuse("key", "alg_forbidden", f"The signature uses {alg}, which is not the algorithm of the key.")
    found = next((one for one in usable if fits(one.key)), None)
    if found is None:
        if not any(one.named for one in usable):
            raise undecided("key", "key_unknown", f"No trusted key made this signature; it names {shorten(kid)}.")
        raise refuse("signature", "bad_signature", "The signature does not fit the content.")
    _check_usage(found.certificate)
    verdict.passed("key", f"{found.id} ({found.source})")
    verdict.passed("signature", str(alg))
    verdict.signers.append(SignerInfo(found.id, found.entry.name if found.entry else None, found.source))
    if found.entry is None:
        verdict.add(
            "undecided", "trust", "signer_untrusted", f"{found.id} is not in the trust file: it may be anybody."
        )
    else:
        verdict.passed("trust", found.entry.name)
    return found


def _named_by(entry: TrustEntry, key: PublicKey, alg: str | None) -> bool:
    """Whether the trust allows the algorithm; a suite stands for the algorithm of the key."""
    return (
        not entry.algorithms
        or alg in entry.algorithms
        or (alg not in algorithms_of(key) and not entry.algorithms.isdisjoint(algorithms_of(key)))
    )


def _check_usage(certificate: Certificate | None) -> None:
    if certificate is None:
        return
    from cryptography import x509  # noqa: PLC0415 - loaded on first use

    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise refuse("key", "key_usage", "The certificate is not for digital signatures.")


def check_time(verdict: Verdict, policy: Policy, candidate: Candidate) -> None:
    """Whether key and certificate are within their time; ``verdict.signed_at`` is set before."""
    windows: list[tuple[str, datetime | None, datetime | None]] = []
    if candidate.entry is not None:
        windows.append(("trust in the signer", candidate.entry.valid_from, candidate.entry.valid_to))
    if candidate.certificate is not None:
        one = candidate.certificate
        windows.append(("the certificate", one.not_valid_before_utc, one.not_valid_after_utc))
    signed, at = verdict.signed_at, policy.at
    before = len(verdict.checks)
    if signed is not None and signed > at + _SKEW:
        verdict.add("failed", "time", "not_yet_valid", f"It says it was signed at {signed.isoformat()}, after now.")
    for what, start, end in windows:
        if (start and at < start) or (start and signed and signed < start):
            verdict.add("failed", "time", "not_yet_valid", f"{what.capitalize()} begins at {start.isoformat()}.")
        elif end and signed and signed > end:
            verdict.add("failed", "time", "expired", f"Signed after {what} ended at {end.isoformat()}.")
        elif end and at > end:
            code = "expired" if signed is None else "expired_key_no_trusted_time"
            verdict.add("undecided", "time", code, f"{what.capitalize()} ended at {end.isoformat()}.")
    if len(verdict.checks) == before:
        verdict.passed("time")


def check_audience(verdict: Verdict, policy: Policy, audience: Any) -> None:
    """Whether it was signed for this verifier."""
    named = [audience] if isinstance(audience, str) else audience
    if not named or not isinstance(named, list):
        return
    if not policy.audience:
        verdict.warnings.append(f"It was signed for {', '.join(map(shorten, named))}; nobody said that this is you.")
    elif policy.audience.isdisjoint(map(str, named)):
        verdict.add("failed", "audience", "wrong_audience", f"It was signed for {', '.join(map(shorten, named))}.")
    else:
        verdict.passed("audience")


def check_replay(verdict: Verdict, policy: Policy, id_: str) -> None:
    """Whether this very signature was accepted before."""
    if policy.seen is None:
        return
    if policy.seen(id_):
        verdict.add("failed", "replay", "replay", f"The signature {shorten(id_)} was accepted before.")
    else:
        verdict.passed("replay")


def moment_of(value: Any, what: str) -> datetime | None:
    """The instant of a NumericDate or an RFC 3339 text; ``None`` where it is absent.

    Raises:
        Stop: It is neither.
    """
    if value is None:
        return None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment
        elif not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        pass
    raise refuse("format", "malformed", f"Cannot read {what} {shorten(value)}: expected a time with a zone.")


def names(values: Iterable[str] | str | None) -> frozenset[str]:
    """One name or several as a set."""
    return frozenset([values] if isinstance(values, str) else values or ())
