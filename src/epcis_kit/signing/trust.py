"""Whom a verifier believes: pinned keys, certificates, DIDs, each with a name and its limits.

Takes a trust file (TOML), PEM files with public keys or certificates, or values; gives a :class:`TrustStore`. A trust
file has one table a signer; paths in it are relative to the file::

    [[signer]]
    name = "Demo Plant"
    did = "did:web:plant.example"            # optional: what the signer calls itself; alone, its document is looked up
    key = "plant.pub"                        # a public key (PEM, JWK or Multikey; path or the text itself), or several
    # did_document = "plant.did.json"        # or the keys of a DID document that was fetched before
    # certificate = "plant.crt"              # or a pinned certificate
    # authority = "partners-ca.pem"          # or whatever this authority certifies
    # subject = "CN=plant,O=Demo"            # with authority: this subject only (RFC 4514)
    algorithms = ["ES256"]                   # optional: no others
    gln = ["9521321000018"]                  # optional: may speak for these places
    company_prefixes = ["9521321"]           # optional: and for all under these prefixes
    valid_from = 2026-01-01T00:00:00Z        # optional
    valid_to = 2028-01-01T00:00:00Z          # optional

Guarantees: nothing is fetched here and the machine's own web authorities are never believed; a name that a message
gives itself counts only where the trust file binds it to the key. ``did:key`` is an identity of nobody: such a
signature can be right, and is untrusted unless the key or the DID stands here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.did_web import keys_of_did_document
from epcis_kit.signing.key_names import did_of, key_from_jwk, key_from_multibase, key_name, thumbprint
from epcis_kit.signing.keys import load_certificates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cryptography.x509 import Certificate

    from epcis_kit.signing.did_web import DidWebResolver
    from epcis_kit.signing.key_names import PublicKey

__all__ = ["Candidate", "TrustEntry", "TrustLike", "TrustStore"]

_MEMBERS: Final = frozenset(
    {
        *("name", "did", "key", "did_document", "certificate", "authority", "subject", "algorithms"),
        *("gln", "company_prefixes", "valid_from", "valid_to"),
    }
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrustEntry:
    """One signer that is believed.

    Attributes:
        name: What reports call it.
        did: What it calls itself; ``None`` where only keys count.
        keys: Pinned public keys, each with the full key id it goes by (``None``: any under :attr:`did`).
        certificates: Pinned certificates.
        authorities: Certificates whose holders are believed as this signer.
        subject: With authorities: the only subject that is meant, in RFC 4514 form.
        algorithms: The only JOSE algorithms that are accepted; empty for all that fit the key.
        glns: GLNs it may speak for; together with :attr:`company_prefixes` empty: not stated.
        company_prefixes: GS1 company prefixes it may speak for.
        valid_from: Signatures and verifications before are refused.
        valid_to: Signatures and verifications after are refused.
        source: Where this was said, for reports.
    """

    name: str
    did: str | None = None
    keys: tuple[tuple[str | None, PublicKey], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    authorities: tuple[Certificate, ...] = ()
    subject: str | None = None
    algorithms: frozenset[str] = frozenset()
    glns: frozenset[str] = frozenset()
    company_prefixes: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    source: str = "trust"

    @property
    def ids(self) -> frozenset[str]:
        """Every name under which this signer may act as issuer."""
        names = {self.did} if self.did else set()
        for _, key in self.keys:
            names |= {key_name(key), thumbprint(key)}
        for certificate in self.certificates:
            public: Any = certificate.public_key()
            names |= {key_name(public), thumbprint(public)}
        return frozenset(name for name in names if name)


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A key that may be the signer's.

    Attributes:
        key: The public key.
        entry: Who vouches for it; ``None`` for a ``did:key`` that nobody vouches for.
        id: What reports call the key.
        source: Where the trust comes from.
        certificate: The certificate it came in, if any.
        named: The message named this very key.
    """

    key: PublicKey
    entry: TrustEntry | None
    id: str
    source: str
    certificate: Certificate | None = None
    named: bool = True


class TrustStore:
    """The signers that are believed.

    Args:
        entries: One for each signer.
    """

    def __init__(self, entries: Iterable[TrustEntry] = ()) -> None:
        self.entries = tuple(entries)
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(repr((
                entry.name, entry.did, sorted(entry.ids), entry.subject, sorted(entry.algorithms), sorted(entry.glns),
                sorted(entry.company_prefixes), entry.valid_from, entry.valid_to,
                [certificate.serial_number for certificate in entry.authorities],
            )).encode())  # fmt: skip
        self.policy_id = "sha-256:" + digest.hexdigest()

    @classmethod
    def load(cls, trust: TrustLike) -> TrustStore:
        """A store from a trust file, PEM files, public keys, certificates, or several of them.

        Raises:
            SignatureError: A file is no trust file, key or certificate.
            OSError: A file cannot be opened.
        """
        if isinstance(trust, TrustStore):
            return trust
        if trust is None:
            return cls()
        items: Sequence[Any] = trust if isinstance(trust, (list, tuple)) else (trust,)
        entries: list[TrustEntry] = []
        for item in items:
            if isinstance(item, TrustStore):
                entries += item.entries
            elif isinstance(item, TrustEntry):
                entries.append(item)
            elif isinstance(item, (str, os.PathLike)):
                entries += _from_file(Path(item))
            elif hasattr(item, "public_bytes"):
                entries.append(_pinned(item, "pinned key"))
            else:
                raise SignatureError(f"Cannot read trust {shorten(item)}: expected a path, a key or a TrustStore.")
        return cls(entries)

    def candidates(
        self, kid: str | None, chain: Sequence[Certificate], at: datetime, resolver: DidWebResolver | None = None
    ) -> list[Candidate]:
        """The keys to try for a signature that names its key ``kid`` or brings the certificates ``chain``.

        What the message says only selects among what is believed; ``did:key`` carries its key in its name. The document
        of a ``did:web`` is looked up where no key of it is pinned.

        Raises:
            ValueError: The name of the key is damaged.
            SignatureError: The DID document that is needed cannot be used.
            RemoteError: It cannot be fetched.
        """
        found = self._by_certificate(chain, at) if chain else []
        if kid is not None:
            did = did_of(kid)
            for entry in self.entries:
                for full, key in _keys_of(entry):
                    names = {key_name(key), thumbprint(key)}
                    if full == kid or (full is None and (did == entry.did or did in names)):
                        found.append(Candidate(key, entry, entry.did or key_name(key), entry.source))
            if not found and did.startswith("did:key:"):
                return [self._did_key(did)]
            if not found and did.startswith("did:web:") and resolver is not None:
                return self._did_web(kid, did, resolver)
        if not found:
            for entry in self.entries:
                found += [
                    Candidate(key, entry, entry.did or key_name(key), entry.source, named=False)
                    for _, key in _keys_of(entry)
                ]
        return [dataclasses.replace(one, certificate=one.certificate or self._pinned(one.key)) for one in found]

    def _pinned(self, key: PublicKey) -> Certificate | None:
        pinned = (certificate for entry in self.entries for certificate in entry.certificates)
        return next((certificate for certificate in pinned if certificate.public_key() == key), None)

    def _did_key(self, did: str) -> Candidate:
        key = key_from_multibase(did.removeprefix("did:key:"))
        vouching = next((entry for entry in self.entries if entry.did == did), None)
        return Candidate(key, vouching, did, "did:key" if vouching is None else vouching.source)

    def _did_web(self, kid: str, did: str, resolver: DidWebResolver) -> list[Candidate]:
        source, keys = resolver.keys(did)
        vouching = next((entry for entry in self.entries if entry.did == did), None)
        return [Candidate(key, vouching, did, source) for name, key in keys if kid in {name, did}]

    def _by_certificate(self, chain: Sequence[Certificate], at: datetime) -> list[Candidate]:
        leaf = chain[0]
        name = leaf.subject.rfc4514_string()
        found = [
            Candidate(leaf.public_key(), entry, name, entry.source, leaf)  # type: ignore[arg-type]
            for entry in self.entries
            if leaf in entry.certificates
        ]
        if found:
            return found
        return [
            Candidate(leaf.public_key(), entry, name, entry.source, leaf)  # type: ignore[arg-type]
            for entry in self.entries
            if entry.authorities and entry.subject in {None, name} and _leads_to(chain, entry.authorities, at)
        ]


TrustLike: TypeAlias = (
    "TrustStore | TrustEntry | str | os.PathLike[str] | PublicKey | Certificate | Sequence[Any] | None"
)
"""What :meth:`TrustStore.load` takes."""


def _keys_of(entry: TrustEntry) -> list[tuple[str | None, PublicKey]]:
    pinned: list[Any] = [(None, certificate.public_key()) for certificate in entry.certificates]
    return [*entry.keys, *pinned]


def _leads_to(chain: Sequence[Certificate], authorities: Sequence[Certificate], at: datetime) -> bool:
    """True where the first certificate of ``chain`` leads to one of ``authorities`` at that time."""
    from cryptography.x509 import verification  # noqa: PLC0415 - loaded on first use

    # A certificate that is past its time must be told from one of a stranger: the chain is built for a moment in
    # which the leaf is valid, and the time itself is another check.
    moment = min(max(at, chain[0].not_valid_before_utc), chain[0].not_valid_after_utc)
    nothing_more = verification.ExtensionPolicy.permit_all()
    builder = (
        verification.PolicyBuilder()
        .store(verification.Store(list(authorities)))
        .time(moment)
        .max_chain_depth(4)
        .extension_policies(ee_policy=nothing_more, ca_policy=verification.ExtensionPolicy.webpki_defaults_ca())
    )
    try:
        builder.build_client_verifier().verify(chain[0], list(chain[1:]))
    except verification.VerificationError:
        return False
    return True


def _pinned(item: Any, source: str, name: str | None = None) -> TrustEntry:
    if hasattr(item, "subject"):
        return TrustEntry(name=name or item.subject.rfc4514_string(), certificates=(item,), source=source)
    return TrustEntry(name=name or key_name(item), keys=((None, item),), source=source)


def _from_file(path: Path) -> list[TrustEntry]:
    data = path.read_bytes()
    if b"-----BEGIN" in data and not data.lstrip().startswith((b"[", b"#")):
        return [_pinned(item, "pinned key", path.name) for item in _public_parts(data, str(path))]
    try:
        plain = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SignatureError(f"Cannot read trust file {str(path)!r}: {error}.") from None
    rows = plain.get("signer", [])
    unknown = sorted(plain.keys() - {"signer"})
    if unknown or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SignatureError(f"Cannot read trust file {str(path)!r}: expected tables [[signer]] and nothing else.")
    return [_entry(row, path, number) for number, row in enumerate(rows, 1)]


def _entry(row: dict[str, Any], path: Path, number: int) -> TrustEntry:
    where = f"Cannot read trust file {str(path)!r}, signer {number}"
    unknown = sorted(row.keys() - _MEMBERS)
    if unknown:
        raise SignatureError(f"{where}: expected no member {unknown[0]!r}; known are {', '.join(sorted(_MEMBERS))}.")
    if not isinstance(row.get("name"), str):
        raise SignatureError(f"{where}: expected a name.")

    def texts(member: str) -> list[str]:
        value = row.get(member, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise SignatureError(f"{where}: expected text or a list of texts as {member!r}, got {shorten(value)}.")
        return values

    def certificates(member: str) -> tuple[Certificate, ...]:
        found = [one for text in texts(member) for one in load_certificates(_content(text, path))]
        if texts(member) and not found:
            raise SignatureError(f"{where}: expected a PEM certificate as {member!r}.")
        return tuple(found)

    keys: list[tuple[str | None, PublicKey]] = [
        (None, key) for text in texts("key") for key in _keys_in(text, path, where)
    ]
    for text in texts("did_document"):
        keys += _did_document(_content(text, path), where, row.get("did"))
    entry = TrustEntry(
        name=row["name"],
        did=row.get("did"),
        keys=tuple(keys),
        certificates=certificates("certificate"),
        authorities=certificates("authority"),
        subject=row.get("subject"),
        algorithms=frozenset(texts("algorithms")),
        glns=frozenset(texts("gln")),
        company_prefixes=frozenset(texts("company_prefixes")),
        valid_from=_moment(row.get("valid_from"), where),
        valid_to=_moment(row.get("valid_to"), where),
        source=path.name,
    )
    by_itself = (entry.did or "").startswith(("did:key:", "did:web:"))  # its keys are found by its name
    if not (entry.keys or entry.certificates or entry.authorities or by_itself):
        raise SignatureError(
            f"{where}: expected a key, a did_document, a certificate, an authority, a did:key or a did:web, got none."
        )
    return entry


def _content(text: str, path: Path) -> bytes:
    return text.encode() if text.lstrip().startswith(("-----BEGIN", "{")) else (path.parent / text).read_bytes()


def _keys_in(text: str, path: Path, where: str) -> list[PublicKey]:
    try:
        if text.startswith(("z6Mk", "zDn", "z82")):
            return [key_from_multibase(text)]
        data = _content(text, path)
        if data.lstrip().startswith(b"{"):
            return [key_from_jwk(json.loads(data))]
        return [item.public_key() if hasattr(item, "subject") else item for item in _public_parts(data, text)]
    except ValueError as error:
        raise SignatureError(f"{where}: {error}") from None


def _public_parts(data: bytes, name: str) -> list[Any]:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    if b"PRIVATE KEY-----" in data:
        raise SignatureError(f"Cannot trust {shorten(name)}: expected a public key or certificate, got a private key.")
    found: list[Any] = list(load_certificates(data))
    try:
        return found or [load_pem_public_key(data)]
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureError(f"Cannot read {shorten(name)}: expected a PEM public key or certificate.") from None


def _did_document(data: bytes, where: str, did: str | None) -> list[tuple[str | None, PublicKey]]:
    if did is None:
        raise SignatureError(f"{where}: expected the did whose did_document is given, got none.")
    try:
        return [*keys_of_did_document(data, did)]
    except SignatureError as error:
        raise SignatureError(f"{where}: {error}") from None


def _moment(value: Any, where: str) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise SignatureError(f"{where}: expected a date or time, got {shorten(value)}.")
