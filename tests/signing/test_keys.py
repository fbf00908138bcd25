"""Keys, their names, and the trust file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import SignatureError
from epcis_kit.signing import (
    PrivateKeySigner,
    TrustStore,
    generate_key,
    load_signer,
    public_pem,
    self_signed_certificate,
)
from epcis_kit.signing.key_names import (
    base58_decode,
    base58_encode,
    base64url,
    did_key,
    from_base64url,
    key_from_jwk,
    key_from_multibase,
    key_name,
    thumbprint,
)
from epcis_kit.signing.keys import key_signature_fits, private_pem

if TYPE_CHECKING:
    from pathlib import Path

Signers = dict[str, PrivateKeySigner]
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_base_58_and_base64url_go_round(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data
    assert from_base64url(base64url(data)) == data


@pytest.mark.parametrize("text", ["0", "O", "z" * 3000])
def test_what_is_no_base_58(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Cannot read base 58"):
        base58_decode(text)


@pytest.mark.parametrize("text", ["a", "YQ==", "YR", "Y Q", "é"])
def test_what_is_no_base64url(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Cannot read base64url"):
        from_base64url(text)


def test_the_published_names_of_a_published_key() -> None:
    """RFC 7638, 3.1, and the did:key of the method's own examples."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3o"
        "knjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZH"
        "zu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEg"
        "U8awapJzKnqDKgw"
    )
    key = key_from_jwk({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert thumbprint(key).removeprefix("urn:ietf:params:oauth:jwk-thumbprint:sha-256:") == (
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )
    name = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
    assert did_key(key_from_multibase(name)) == f"did:key:{name}"


@pytest.mark.parametrize("kind", ["es256", "ed25519", "rsa"])
def test_a_key_is_read_as_it_was_written(
    kind: str, signers: Signers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = signers[kind]
    pem = private_pem(signer.private_key, "secret")
    (tmp_path / "k").write_bytes(pem)
    monkeypatch.setenv("DEMO_KEY", private_pem(signer.private_key).decode())
    for again in (load_signer(tmp_path / "k", passphrase="secret"), load_signer("env:DEMO_KEY")):
        assert again.public_key == signer.public_key
        assert again.kid == signer.kid
    assert "private" not in repr(signer).lower().replace("privatekeysigner", "")
    if kind != "rsa":
        assert key_signature_fits(signer.public_key, signer.alg, b"data", signer.sign(b"data"))
        assert not key_signature_fits(signer.public_key, signer.alg, b"date", signer.sign(b"data"))


def test_a_key_with_its_certificate_in_pkcs12() -> None:
    key = generate_key("x509")
    certificate = self_signed_certificate(key, "Demo Plant", START, END)
    data = serialize_key_and_certificates(
        b"demo", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    )
    signer = load_signer(data, passphrase=b"secret")
    assert signer.certificates == (certificate,)
    with pytest.raises(SignatureError) as raised:
        load_signer(data, passphrase="wrong")
    assert str(raised.value) == "Cannot read key 'the given bytes': expected PEM, or PKCS#12 with its passphrase."


def test_keys_that_cannot_be_read(signers: Signers) -> None:
    pem = private_pem(signers["es256"].private_key, "secret")
    told = {
        "none": "Cannot read key 'the given bytes': it is encrypted; expected its passphrase.",
        "wrong": "Cannot read key 'the given bytes': expected a PEM private key and its passphrase.",
    }
    for passphrase, message in told.items():
        with pytest.raises(SignatureError) as raised:
            load_signer(pem, passphrase=None if passphrase == "none" else passphrase)
        assert str(raised.value) == message
    with pytest.raises(SignatureError) as raised:
        load_signer(public_pem(signers["es256"].public_key))
    assert str(raised.value) == "Cannot read key 'the given bytes': expected one private key, got 0."
    os.environ.pop("EPCIS_KIT_NO_SUCH_KEY", None)
    with pytest.raises(SignatureError) as raised:
        load_signer("env:EPCIS_KIT_NO_SUCH_KEY")
    assert str(raised.value) == (
        "Cannot read key 'env:EPCIS_KIT_NO_SUCH_KEY': expected an environment variable of that name."
    )


def test_a_certificate_of_another_key(signers: Signers) -> None:
    key = generate_key("es256")
    other = self_signed_certificate(key, "Demo", START, END).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(SignatureError) as raised:
        load_signer(private_pem(signers["es256"].private_key), certificate=other)
    assert str(raised.value) == "Cannot use certificate: expected that of the private key, got that of another key."


def test_a_trust_file(tmp_path: Path, signers: Signers) -> None:
    (tmp_path / "a.pub").write_bytes(public_pem(signers["es256"].public_key))
    (tmp_path / "did.json").write_text(
        '{"id": "did:web:plant.example", "verificationMethod": [{"id": "#k", "controller": "did:web:plant.example", '
        f'"publicKeyMultibase": "{did_key(signers["ed25519"].public_key).removeprefix("did:key:")}"}}]}}'
    )
    (tmp_path / "trust.toml").write_text(
        "[[signer]]\n"
        'name = "Demo Plant"\ndid = "did:web:plant.example"\nkey = "a.pub"\ndid_document = "did.json"\n'
        'gln = ["9521321000018"]\ncompany_prefixes = ["9521321"]\nalgorithms = ["ES256", "EdDSA"]\n'
        "valid_from = 2026-01-01\nvalid_to = 2028-01-01T00:00:00Z\n"
    )
    (entry,) = TrustStore.load(tmp_path / "trust.toml").entries
    assert entry.name == "Demo Plant"
    assert [full for full, _ in entry.keys] == [None, "did:web:plant.example#k"]
    assert entry.glns == {"9521321000018"}
    assert (entry.valid_from, entry.valid_to, entry.source) == (START, END, "trust.toml")
    assert {"did:web:plant.example", key_name(signers["es256"].public_key)} <= entry.ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[signer]]\nname = "A"\nkeey = "x"', ", signer 1: expected no member 'keey'; known are"),
        ('[[signer]]\nkey = "x"', ", signer 1: expected a name."),
        (
            '[[signer]]\nname = "A"',
            ", signer 1: expected a key, a did_document, a certificate, an authority, a did:key or a did:web",
        ),
        ("[sign]\na = 1", ": expected tables [[signer]] and nothing else."),
        ('[[signer]]\nname = "A"\nkey = "zDnotakey"', ", signer 1: Cannot read"),
        ("not toml", ": "),
    ],
)
def test_a_trust_file_that_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "trust.toml"
    path.write_text(text)
    with pytest.raises(SignatureError) as raised:
        TrustStore.load(path)
    assert str(raised.value).startswith(f"Cannot read trust file {str(path)!r}{message}")


def test_a_private_key_is_no_trust(tmp_path: Path, signers: Signers) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(private_pem(signers["es256"].private_key))
    with pytest.raises(SignatureError) as raised:
        TrustStore.load(path)
    assert str(raised.value) == f"Cannot trust {str(path)!r}: expected a public key or certificate, got a private key."
