"""Private keys: where they come from, what they can sign with, and the ``Signer`` that stands for one.

Takes PEM (also encrypted) or PKCS#12 bytes, a path, or ``env:NAME``; gives a :class:`PrivateKeySigner`. Keys in an HSM
or a cloud service take part by implementing :class:`Signer`: three attributes and one method. Guarantees: RSA below
2048 bits and curves other than P-256, P-384 and Ed25519 are refused when signing and when verifying; the algorithm
follows from the key and never from a message; a private key is never printed, and never an argument of a command.
"""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.key_names import did_key, key_name

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from epcis_kit.signing.key_names import PublicKey

__all__ = [
    "KEY_TYPES",
    "PrivateKeySigner",
    "Signer",
    "algorithms_of",
    "generate_key",
    "key_signature_fits",
    "load_signer",
    "public_pem",
    "self_signed_certificate",
    "weakness",
]

KEY_TYPES: Final = ("es256", "ed25519", "rsa", "x509")
KeyType = Literal["es256", "ed25519", "rsa", "x509"]

_SMALLEST_RSA: Final = 2048
_LARGEST_RSA: Final = 8192
_NEW_RSA: Final = 3072
_PEM_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[^\0]{1,20000}?-----END \1-----")


class Signer(Protocol):
    """Something that signs: a key file, an HSM, a service.

    Attributes:
        alg: The JOSE name of its algorithm: ``"ES256"``, ``"ES384"``, ``"EdDSA"``, ``"RS256"``.
        kid: The id of its key, by which verifiers find it: ``did:…#…`` or any other name.
        issuer: Who signs: usually what stands before ``#`` in ``kid``.
    """

    @property
    def alg(self) -> str:
        """The JOSE name of the algorithm."""

    @property
    def kid(self) -> str:
        """The id of the key."""

    @property
    def issuer(self) -> str:
        """Who signs."""

    def sign(self, data: bytes) -> bytes:
        """The signature of ``data`` in JOSE form: ``R || S`` for ECDSA, raw for the others."""


@dataclasses.dataclass(frozen=True, slots=True)
class PrivateKeySigner:
    """A private key in memory.

    Attributes:
        private_key: Of ``cryptography``.
        kid: See :class:`Signer`.
        certificates: The certificate of the key and those above it, for XML signatures; may be empty.
    """

    private_key: Any = dataclasses.field(repr=False)
    kid: str
    certificates: tuple[Certificate, ...] = ()

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self.private_key.public_key()  # type: ignore[no-any-return]

    @property
    def alg(self) -> str:
        """The JOSE name of the algorithm, given by the key."""
        return algorithms_of(self.public_key)[0]

    @property
    def issuer(self) -> str:
        """What stands before ``#`` in :attr:`kid`."""
        return self.kid.partition("#")[0]

    def sign(self, data: bytes) -> bytes:
        """The signature of ``data`` in JOSE form."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - loaded on first use
        from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: PLC0415

        key, alg = self.private_key, self.alg
        if alg == "EdDSA":
            return key.sign(data)  # type: ignore[no-any-return]
        if alg == "RS256":
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[no-any-return]
        hash_ = hashes.SHA256() if alg == "ES256" else hashes.SHA384()
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hash_)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def algorithms_of(key: PublicKey) -> tuple[str, ...]:
    """The JOSE algorithms a key may be used with, the one to sign with first; empty for a kind that is refused."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - loaded on first use

    if isinstance(key, ed25519.Ed25519PublicKey):
        return ("EdDSA", "Ed25519")
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {"secp256r1": ("ES256",), "secp384r1": ("ES384",)}.get(key.curve.name, ())
    if isinstance(key, rsa.RSAPublicKey):
        return ("RS256", "PS256")
    return ()


def weakness(key: object) -> str | None:
    """Why a key is refused, as a sentence; ``None`` where it is not."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - loaded on first use

    if isinstance(key, rsa.RSAPublicKey):
        if not _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA:
            return f"Cannot use RSA key: expected {_SMALLEST_RSA} to {_LARGEST_RSA} bits, got {key.key_size}."
        if key.public_numbers().e < 65537:
            return "Cannot use RSA key: expected an exponent of at least 65537."
        return None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        if algorithms_of(key):
            return None
        return f"Cannot use key: expected curve P-256, P-384 or Ed25519, got {key.curve.name}."
    return f"Cannot use key: expected RSA, P-256, P-384 or Ed25519, got {type(key).__name__.lstrip('_')}."


def key_signature_fits(key: PublicKey, alg: str, data: bytes, signature: bytes) -> bool:
    """True where ``signature`` (JOSE form) is that of ``data`` under ``key``; ``alg`` must be one of the key's own."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils  # noqa: PLC0415

    if alg not in algorithms_of(key) or weakness(key) is not None:
        return False
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            size = (key.key_size + 7) // 8
            if len(signature) != 2 * size:
                return False
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            hash_ = hashes.SHA256() if alg == "ES256" else hashes.SHA384()
            key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hash_))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def load_signer(
    source: str | os.PathLike[str] | bytes,
    *,
    passphrase: str | bytes | None = None,
    kid: str | None = None,
    certificate: str | os.PathLike[str] | bytes | None = None,
) -> PrivateKeySigner:
    """A private key from PEM or PKCS#12.

    Args:
        source: A path, ``"env:NAME"`` for the PEM text in an environment variable, or the bytes themselves.
        passphrase: Of an encrypted key.
        kid: The id verifiers know the key by, for example ``"did:web:plant.example#key-1"``; the key's own
            ``did:key`` or thumbprint where it is not given.
        certificate: PEM certificates of the key, its own first; those in the key file where it is not given.

    Raises:
        SignatureError: It is no private key, the passphrase is missing or wrong, the key is too weak, or the
            certificate is of another key.
        OSError: The file cannot be opened.
    """
    data, name = _bytes_of(source)
    secret = passphrase.encode() if isinstance(passphrase, str) else passphrase
    key, certificates = _from_pem(data, secret, name) if b"-----BEGIN" in data else _from_pkcs12(data, secret, name)
    if certificate is not None:
        certificates = load_certificates(_bytes_of(certificate)[0])
    fault = weakness(key.public_key())
    if fault is not None:
        raise SignatureError(fault)
    public = key.public_key()
    if certificates and certificates[0].public_key() != public:
        raise SignatureError("Cannot use certificate: expected that of the private key, got that of another key.")
    if kid is None:
        kid = key_name(public)
        if kid.startswith("did:key:"):
            kid += "#" + kid.removeprefix("did:key:")
    return PrivateKeySigner(key, kid, tuple(certificates))


def _bytes_of(source: str | os.PathLike[str] | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "the given bytes"
    if isinstance(source, str) and source.startswith("env:"):
        text = os.environ.get(source[4:])
        if text is None:
            raise SignatureError(f"Cannot read key {source!r}: expected an environment variable of that name.")
        return text.encode(), source
    return Path(source).read_bytes(), os.fspath(source)


def load_certificates(data: bytes) -> list[Certificate]:
    """The certificates of PEM text, in order.

    Raises:
        SignatureError: One of them cannot be read.
    """
    from cryptography import x509  # noqa: PLC0415 - loaded on first use

    try:
        return [
            x509.load_pem_x509_certificate(block[0])
            for block in _PEM_BLOCK.finditer(data)
            if block[1] == b"CERTIFICATE"
        ]
    except ValueError as error:
        raise SignatureError(f"Cannot read certificate: {error}.") from None


def _from_pem(data: bytes, secret: bytes | None, name: str) -> tuple[Any, list[Certificate]]:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    blocks = [block for block in _PEM_BLOCK.finditer(data) if block[1].endswith(b"PRIVATE KEY")]
    if len(blocks) != 1:
        raise SignatureError(f"Cannot read key {shorten(name)}: expected one private key, got {len(blocks)}.")
    encrypted = b"ENCRYPTED" in blocks[0][0]
    try:
        key = load_pem_private_key(blocks[0][0], secret if encrypted else None)
    except TypeError:
        raise SignatureError(f"Cannot read key {shorten(name)}: it is encrypted; expected its passphrase.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureError(
            f"Cannot read key {shorten(name)}: expected a PEM private key"
            + (" and its passphrase." if encrypted else ".")
        ) from None
    return key, load_certificates(data)


def _from_pkcs12(data: bytes, secret: bytes | None, name: str) -> tuple[Any, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates  # noqa: PLC0415

    try:
        key, certificate, more = load_key_and_certificates(data, secret)
    except ValueError:
        raise SignatureError(
            f"Cannot read key {shorten(name)}: expected PEM, or PKCS#12 with its passphrase."
        ) from None
    if key is None:
        raise SignatureError(f"Cannot read key {shorten(name)}: expected a private key in the PKCS#12 file, got none.")
    return key, ([] if certificate is None else [certificate, *more])


def generate_key(kind: KeyType) -> Any:
    """A new private key: P-256 for ``es256``, Ed25519, RSA with 3072 bits for ``rsa`` and ``x509``.

    Raises:
        SignatureError: There is no such kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - loaded on first use

    if kind == "es256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind in {"rsa", "x509"}:
        return rsa.generate_private_key(65537, _NEW_RSA)
    raise SignatureError(f"Cannot make key of type {shorten(kind)}: expected one of {', '.join(KEY_TYPES)}.")


def self_signed_certificate(key: Any, name: str, not_before: datetime, not_after: datetime) -> Certificate:
    """A certificate of ``key`` by itself, for digital signatures only."""
    from cryptography import x509  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def public_pem(key: PublicKey) -> bytes:
    """The public key as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: Any, passphrase: str | None = None) -> bytes:
    """The private key as PKCS#8 PEM, encrypted where there is a passphrase."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - loaded on first use

    cipher = form.BestAvailableEncryption(passphrase.encode()) if passphrase else form.NoEncryption()
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, cipher)  # type: ignore[no-any-return]


def verification_method(key: PublicKey) -> str:
    """``did:key:z…#z…``, by which a proof names the key.

    Raises:
        SignatureError: RSA keys have none here.
    """
    did = did_key(key)
    return f"{did}#{did.removeprefix('did:key:')}"
