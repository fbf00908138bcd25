"""XML signatures: what we sign we verify, and what could be read in two ways is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import SignatureReference, XMLSigner

import epcis_kit as ek
from epcis_kit.errors import SignatureError
from epcis_kit.signing import (
    PrivateKeySigner,
    TrustEntry,
    VerificationResult,
    generate_key,
    load_signer,
    self_signed_certificate,
    sign,
    verify,
)
from epcis_kit.signing.keys import private_pem

Signers = dict[str, PrivateKeySigner]
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
EVENT = ek.ObjectEvent(
    event_time="2026-01-01T10:00:00Z",
    event_time_zone_offset="+01:00",
    action="OBSERVE",
    epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
)


@pytest.fixture(scope="module", params=["1.2", "2.0"])
def xml(request: pytest.FixtureRequest) -> bytes:
    return ek.write([EVENT], format="xml", version=request.param)


@pytest.fixture(scope="module")
def plain() -> bytes:
    return ek.write([EVENT], format="xml", version="2.0")


@pytest.fixture(scope="session")
def certified() -> PrivateKeySigner:
    key = generate_key("x509")
    certificate = self_signed_certificate(key, "Demo Plant", START, END).public_bytes(serialization.Encoding.PEM)
    return load_signer(private_pem(key), certificate=certificate)


def refused(result: VerificationResult, code: str, status: str = "INVALID") -> None:
    assert (result.status, result.codes) == (status, (code,))
    assert (result.payload, result.epcis, result.covered) == (None, None, None)


@pytest.mark.parametrize("kind", ["rsa", "es256"])
def test_a_signed_document_gives_back_what_was_signed(kind: str, xml: bytes, signers: Signers, now: datetime) -> None:
    signed = sign(xml, key=signers[kind], at=now)
    assert (signed.profile, str(signed.path_for("a/b.xml"))) == ("xmldsig", "a/b.signed.xml")
    result = verify(signed.data, trust=signers[kind].public_key, at=now)
    assert (result.status, result.covered) == ("VALID", "document")
    assert ek.read(result.epcis or b"").events == ek.read(xml).events
    assert etree.fromstring(signed.data)[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    changed = signed.data.replace(b"OBSERVE", b"DELETE")
    refused(verify(changed, trust=signers[kind].public_key, at=now), "bad_signature")


def test_a_pinned_certificate(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    signed = sign(plain, key=certified, at=now).data
    certificate = certified.certificates[0]
    result = verify(signed, trust=certificate, at=now)
    assert result.status == "VALID"
    assert [signer.name for signer in result.signers] == ["CN=Demo Plant"]
    refused(verify(signed.replace(b"OBSERVE", b"DELETE"), trust=certificate, at=now), "bad_signature")
    refused(verify(signed, at=now), "cert_chain", "INDETERMINATE")
    refused(verify(signed.replace(b"OBSERVE", b"DELETE"), at=now), "digest_mismatch")
    refused(verify(signed, trust=certificate, at=END + timedelta(days=1)), "expired", "INDETERMINATE")
    refused(verify(signed, trust=certificate, at=START - timedelta(days=1)), "not_yet_valid")


def certificate_of(
    key: Any, issuer_key: Any, name: str, issuer: str, *, ca: bool, usage: bool = True
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    bits = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    allowed = x509.KeyUsage(
        digital_signature=usage and not ca, key_encipherment=not usage, key_cert_sign=ca, crl_sign=ca, **bits
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(allowed, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def test_a_certificate_of_a_trusted_authority(plain: bytes, now: datetime) -> None:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate_of(root_key, root_key, "Demo Root", "Demo Root", ca=True)
    leaf = certificate_of(key, root_key, "Demo Plant", "Demo Root", ca=False)
    signed = sign(plain, key=PrivateKeySigner(key, "k", (leaf,)), at=now).data
    assert verify(signed, trust=TrustEntry(name="Demo", authorities=(root,)), at=now).status == "VALID"
    named = TrustEntry(name="Demo", authorities=(root,), subject="CN=Another Plant")
    refused(verify(signed, trust=named, at=now), "cert_chain", "INDETERMINATE")
    stranger = certificate_of(key, key, "Demo Root", "Demo Root", ca=True)
    refused(verify(signed, trust=TrustEntry(name="X", authorities=(stranger,)), at=now), "cert_chain", "INDETERMINATE")


def test_a_certificate_that_is_not_for_signatures(plain: bytes, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key, key, "Demo", "Demo", ca=False, usage=False)
    signed = sign(plain, key=PrivateKeySigner(key, "k", (certificate,)), at=now).data
    refused(verify(signed, trust=certificate, at=now), "key_usage")


# The refuse list of XML, each line a test.


def raw_signed(data: bytes, key: Any, certificate: x509.Certificate, **choices: Any) -> bytes:
    choices = {"c14n_algorithm": C14N, "signature_algorithm": SignatureMethod.RSA_SHA256, **choices}
    references = choices.pop("references", None)
    signed = XMLSigner(**choices).sign(etree.fromstring(data), key=key, cert=[certificate], reference_uri=references)
    return etree.tostring(signed)


def test_an_rsa_key_below_2048_bits(plain: bytes, now: datetime) -> None:
    key = rsa.generate_private_key(65537, 1024)
    certificate = self_signed_certificate(key, "Demo", START, END)
    refused(verify(raw_signed(plain, key, certificate), trust=certificate, at=now), "key_weak")


def test_a_document_type_declaration(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    signed = sign(plain, key=certified, at=now).data
    head, mark, rest = signed.partition(b"?>")
    for declared in (
        b"<!DOCTYPE x>",
        b'<!DOCTYPE x [<!ENTITY e "v">]>',
        b'<!DOCTYPE x SYSTEM "http://demo.example/x">',
    ):
        refused(verify(head + mark + declared + rest, trust=certified.certificates[0], at=now), "dtd_present")
        with pytest.raises(SignatureError) as raised:
            sign(head + mark + declared + rest, key=certified)
        assert str(raised.value) == "Cannot sign XML: expected no document type declaration."


def test_two_signatures(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    root = etree.fromstring(sign(plain, key=certified, at=now).data)
    root.append(etree.fromstring(etree.tostring(root[-1])))
    refused(verify(etree.tostring(root), trust=certified.certificates[0], at=now), "multiple_signatures")


def test_a_reference_to_an_id_and_the_wrapping_it_allows(
    plain: bytes, certified: PrivateKeySigner, now: datetime
) -> None:
    root = etree.fromstring(plain)
    body = next(element for element in root if str(element.tag).endswith("Body"))
    body.set("Id", "body")
    data = etree.tostring(root)
    certificate = certified.certificates[0]
    by_id = raw_signed(data, certified.private_key, certificate, references=[SignatureReference(URI="#body")])
    refused(verify(by_id, trust=certificate, at=now), "reference_not_root")
    again = etree.fromstring(by_id)
    reference = next(again.iter("{http://www.w3.org/2000/09/xmldsig#}Reference"))
    reference.addnext(etree.fromstring(etree.tostring(reference).replace(b"#body", b"")))
    refused(verify(etree.tostring(again), trust=certificate, at=now), "reference_not_root")


def test_a_signed_document_inside_another(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    outer = etree.fromstring(plain)
    outer.append(etree.fromstring(sign(plain, key=certified, at=now).data))
    refused(verify(etree.tostring(outer), trust=certified.certificates[0], at=now), "reference_not_root")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("xml-exc-c14n#", "xml-exc-c14n#WithComments", "transform_forbidden"),
        ("2000/09/xmldsig#enveloped-signature", "2000/09/xmldsig#base64", "transform_forbidden"),
        ("2000/09/xmldsig#enveloped-signature", "TR/1999/REC-xslt-19991116", "transform_forbidden"),
        ("2000/09/xmldsig#enveloped-signature", "TR/1999/REC-xpath-19991116", "transform_forbidden"),
        ("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256", "alg_forbidden"),
        ("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1", "alg_forbidden"),
        ("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#dsa-sha1", "alg_forbidden"),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", "alg_forbidden"),
        ('URI=""', 'URI="http://demo.example/other.xml"', "reference_not_root"),
        ('URI=""', "", "reference_not_root"),
    ],
)
def test_algorithms_and_transforms(  # noqa: PLR0917 - cases and fixtures
    old: str, new: str, code: str, plain: bytes, certified: PrivateKeySigner, now: datetime
) -> None:
    signed = sign(plain, key=certified, at=now).data
    assert old.encode() in signed
    refused(verify(signed.replace(old.encode(), new.encode()), trust=certified.certificates[0], at=now), code)


def test_other_algorithms_of_the_signing_library(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    certificate = certified.certificates[0]
    wide = raw_signed(plain, certified.private_key, certificate, signature_algorithm=SignatureMethod.RSA_SHA512)
    refused(verify(wide, trust=certificate, at=now), "alg_forbidden")
    wide = raw_signed(plain, certified.private_key, certificate, digest_algorithm=DigestAlgorithm.SHA512)
    refused(verify(wide, trust=certificate, at=now), "alg_forbidden")


def test_a_comment_cannot_cut_a_value(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    signed = sign(plain, key=certified, at=now).data.replace(b">OBSERVE<", b">OBS<!-- -->ERVE<")
    result = verify(signed, trust=certified.certificates[0], at=now)
    assert result.status == "VALID"
    assert b">OBSERVE<" in (result.payload or b"")


def test_what_stands_around_the_root_is_not_returned(plain: bytes, certified: PrivateKeySigner, now: datetime) -> None:
    signed = sign(plain, key=certified, at=now).data + b"<!-- pay me --><?pay me?>"
    result = verify(signed, trust=certified.certificates[0], at=now)
    assert b"pay me" not in (result.payload or b"")


def test_an_ed25519_key_signs_no_xml(plain: bytes, signers: Signers) -> None:
    with pytest.raises(SignatureError) as raised:
        sign(plain, key=signers["ed25519"])
    assert str(raised.value) == "Cannot sign XML with EdDSA: expected an RSA or P-256 key."


@pytest.mark.parametrize("kind", ["rsa", "es256"])
def test_a_key_that_is_not_in_memory_signs_xml_too(kind: str, xml: bytes, signers: Signers, now: datetime) -> None:
    class Module:
        """A hardware module, as the library sees it."""

        alg, kid, issuer = signers[kind].alg, "did:web:plant.example#1", "did:web:plant.example"

        def sign(self, data: bytes) -> bytes:
            return signers[kind].sign(data)

    signed = sign(xml, key=Module(), at=now).data
    result = verify(signed, trust=signers[kind].public_key, at=now)
    assert (result.status, result.codes) == ("VALID", ())
    assert ek.read(result.epcis or b"").events == ek.read(xml).events
    changed = verify(signed.replace(b"OBSERVE", b"DELETE"), trust=signers[kind].public_key, at=now)
    refused(changed, "digest_mismatch")


def test_comments_are_not_signed_and_break_no_signature(plain: bytes, signers: Signers, now: datetime) -> None:
    signed = sign(plain, key=signers["rsa"], at=now).data
    commented = signed.replace(b"<EPCISBody>", b"<!-- a --><EPCISBody><!-- b -->", 1)
    assert commented != signed
    assert verify(commented, trust=signers["rsa"].public_key, at=now).status == "VALID"
    refused(verify(commented, at=now), "key_unknown", "INDETERMINATE")
    around = b"<?xml version='1.0'?><?demo x?><!-- c -->" + commented.partition(b"?>")[2] + b"<!-- d --><?demo y?>"
    refused(verify(around, at=now), "key_unknown", "INDETERMINATE")
