"""The names of public keys and the other ways they are written: ``did:key``, Multikey, JWK, thumbprints.

Takes and gives public keys of ``cryptography``. A key without another name is called by what it is: ``did:key:z…`` for
elliptic curves, the RFC 7638 thumbprint (``urn:ietf:params:oauth:jwk-thumbprint:sha-256:…``) for RSA. Guarantees:
nothing is fetched; curves other than P-256, P-384 and Ed25519 are refused; texts are bounded, so decoding is quick
whatever a stranger sends.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.errors import SignatureError, shorten

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey

__all__ = [
    "base58_decode",
    "base58_encode",
    "base64url",
    "did_key",
    "did_of",
    "from_base64url",
    "key_from_jwk",
    "key_from_multibase",
    "key_name",
    "multibase",
    "thumbprint",
]

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LONGEST: Final = 2048

_ED25519, _P256, _P384 = b"\xed\x01", b"\x80\x24", b"\x81\x24"


def base64url(data: bytes) -> str:
    """RFC 4648 base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes behind base64url without padding.

    Raises:
        ValueError: Other characters, padding, or bits that no encoder writes.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"Cannot read base64url {shorten(text, 40)}: {error}.") from None
    if base64url(data) != text:
        raise ValueError(f"Cannot read base64url {shorten(text, 40)}: expected the one canonical spelling.")
    return data


def base58_encode(data: bytes) -> str:
    """Base 58 in the Bitcoin alphabet."""
    number = int.from_bytes(data, "big")
    letters = ""
    while number:
        number, rest = divmod(number, 58)
        letters = _ALPHABET[rest] + letters
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + letters


def base58_decode(text: str) -> bytes:
    """The bytes behind base 58.

    Raises:
        ValueError: Another character, or more than 2048 of them.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"Cannot read base 58: expected at most {_LONGEST} characters, got {len(text)}.")
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise ValueError(f"Cannot read base 58 {shorten(text, 40)}: expected its alphabet, got {letter!r}.")
        number = number * 58 + _VALUES[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase(key: PublicKey) -> str:
    """The key as a Multikey text, for example ``z6Mk…``.

    Raises:
        SignatureError: The kind of key has no such form here (RSA, other curves).
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    if isinstance(key, ed25519.Ed25519PublicKey):
        return "z" + base58_encode(_ED25519 + key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in {"secp256r1", "secp384r1"}:
        point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return "z" + base58_encode((_P256 if key.curve.name == "secp256r1" else _P384) + point)
    raise SignatureError("Cannot write this key as did:key: expected Ed25519, P-256 or P-384.")


def key_from_multibase(text: str) -> PublicKey:
    """The key of a Multikey text.

    Raises:
        ValueError: It is no Multikey of a kind that is known here.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519  # noqa: PLC0415 - loaded on first use

    if not text.startswith("z"):
        raise ValueError(f"Cannot read Multikey {shorten(text, 60)}: expected it to begin with 'z'.")
    data = base58_decode(text[1:])
    head, body = data[:2], data[2:]
    if head == _ED25519 and len(body) == 32:
        return ed25519.Ed25519PublicKey.from_public_bytes(body)
    if head == _P256 and len(body) == 33:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), body)
    if head == _P384 and len(body) == 49:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), body)
    raise ValueError(f"Cannot read Multikey {shorten(text, 60)}: expected an Ed25519, P-256 or P-384 public key.")


def did_key(key: PublicKey) -> str:
    """``did:key:z…`` of the key.

    Raises:
        SignatureError: The kind of key has none here.
    """
    return f"did:key:{multibase(key)}"


def did_of(kid: str) -> str:
    """The DID, or other controller, of a key id: what stands before ``#``."""
    return kid.partition("#")[0]


def thumbprint(key: PublicKey) -> str:
    """The RFC 7638 thumbprint as RFC 9278 writes it."""
    text = json.dumps(_jwk(key), separators=(",", ":"), sort_keys=True)
    return "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + base64url(hashlib.sha256(text.encode()).digest())


def key_name(key: PublicKey) -> str:
    """What a key is called that has no other name: its ``did:key``, or its thumbprint."""
    try:
        return did_key(key)
    except SignatureError:
        return thumbprint(key)


def _jwk(key: PublicKey) -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url(raw)}
    if isinstance(key, ec.EllipticCurvePublicKey):
        numbers, size = key.public_numbers(), (key.key_size + 7) // 8
        names = {"secp256r1": "P-256", "secp384r1": "P-384"}
        return {
            "crv": names.get(key.curve.name, key.curve.name),
            "kty": "EC",
            "x": base64url(numbers.x.to_bytes(size, "big")),
            "y": base64url(numbers.y.to_bytes(size, "big")),
        }
    if not isinstance(key, rsa.RSAPublicKey):  # of no use here, and still it has to have a name
        return {"kty": "none", "x": base64url(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}
    public = key.public_numbers()
    exponent, modulus = (
        base64url(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (public.e, public.n)
    )
    return {"e": exponent, "kty": "RSA", "n": modulus}


def key_from_jwk(jwk: dict[str, Any]) -> PublicKey:
    """The public key of a JWK; private members are not looked at.

    Raises:
        ValueError: It is no public key of a kind that is known here.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - loaded on first use

    kind = (jwk.get("kty"), jwk.get("crv"))
    members = {name: value for name, value in jwk.items() if isinstance(value, str) and len(value) <= _LONGEST}

    def number(name: str) -> int:
        return int.from_bytes(from_base64url(members[name]), "big")

    try:
        if kind == ("OKP", "Ed25519"):
            return ed25519.Ed25519PublicKey.from_public_bytes(from_base64url(members["x"]))
        if kind in {("EC", "P-256"), ("EC", "P-384")}:
            curve = ec.SECP256R1() if kind[1] == "P-256" else ec.SECP384R1()
            return ec.EllipticCurvePublicNumbers(number("x"), number("y"), curve).public_key()
        if kind[0] == "RSA":
            return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    except KeyError as error:
        raise ValueError(f"Cannot read JWK: expected the member {error.args[0]!r}.") from None
    raise ValueError(f"Cannot read JWK: expected OKP Ed25519, EC P-256, EC P-384 or RSA, got {shorten(kind)}.")
