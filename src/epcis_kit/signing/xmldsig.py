"""Profile ``xmldsig``: an enveloped XML signature as the last child of an EPCIS document.

Takes XML; gives the document with ``ds:Signature`` in it, over the whole (one Reference with ``URI=""``), exclusive
C14N, SHA-256, RSA or ECDSA. That is what xmlsec1, .NET and Java verify, and what both the 1.2 and the 2.0 schema allow.
Refused when verifying, before any key is looked at: a document type declaration; more than one signature, or one that
is not a child of the root; any other Reference (an Id can be moved: signature wrapping); transforms other than
enveloped-signature and exclusive C14N; SHA-1, HMAC, DSA and every other algorithm. Keys in the message only select
among those that are trusted. Guarantees: what is returned is the very bytes whose digest was signed, without comments,
so a comment cannot cut a value in two. Comments and processing instructions beside the root are not signed, and are not
in a document that we sign.
"""

from __future__ import annotations

import warnings
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import SignatureError
from epcis_kit.signing.authority import check_authority_in
from epcis_kit.signing.judging import check_time, judge
from epcis_kit.signing.key_names import key_name
from epcis_kit.signing.keys import PrivateKeySigner
from epcis_kit.signing.verdicts import Stop, refuse

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.key_names import PublicKey
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["has_signature", "sign_xml", "verify_xml"]

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_ENVELOPED: Final = _DS + "enveloped-signature"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_POINT: Final = ".//{http://www.w3.org/2009/xmldsig11#}PublicKey"
_BROKEN: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_METHODS: Final = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "RS256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": "ES256",
}


def has_signature(data: bytes) -> bool:
    """True where XML bytes may hold an XML signature; a quick look, for which no parser is needed."""
    return _DS.encode() in data or _DS.encode("utf-16-le") in data or _DS.encode("utf-16-be") in data


def sign_xml(data: bytes, signer: Signer) -> bytes:
    """The document with its signature, in UTF-8.

    Raises:
        SignatureError: The bytes are no XML without a document type, the document is signed already, or the key is
            neither RSA nor P-256.
    """
    from lxml import etree  # noqa: PLC0415 - loaded when a document is signed
    from signxml.algorithms import (  # noqa: PLC0415
        CanonicalizationMethod,
        DigestAlgorithm,
        SignatureConstructionMethod,
        SignatureMethod,
    )
    from signxml.signer import XMLSigner  # noqa: PLC0415

    kinds = {"RS256": SignatureMethod.RSA_SHA256, "ES256": SignatureMethod.ECDSA_SHA256}
    if signer.alg not in kinds:
        raise SignatureError(f"Cannot sign XML with {signer.alg}: expected an RSA or P-256 key.")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise SignatureError(f"Cannot sign XML: it is not well-formed: {error}.") from None
    if root.getroottree().docinfo.doctype:
        raise SignatureError("Cannot sign XML: expected no document type declaration.")
    if next(root.iter(f"{{{_DS}}}Signature"), None) is not None:
        raise SignatureError("Cannot sign XML: it is signed already; take that signature out first.")
    if not isinstance(signer, PrivateKeySigner):
        return _signed_elsewhere(root, signer)
    made = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=kinds[signer.alg],
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(root, key=signer.private_key, cert=list(signer.certificates) or None)
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8")


def verify_xml(data: bytes, policy: Policy, verdict: Verdict) -> VerificationResult:
    """Whether a signed document is what its signer signed.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    from lxml import etree  # noqa: PLC0415 - loaded when a document is verified

    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise refuse("format", "malformed", f"The XML is not well-formed: {error}.") from None
    method, chain = _inspected(root)
    verdict.alg = _METHODS[method]
    verified: list[bytes] = []
    try:
        candidate = judge(
            verdict,
            policy,
            kid=_named_key(root),
            chain=chain,
            alg=verdict.alg,
            fits=lambda key: _fits(data, method, key, verified),
        )
    except Stop as stop:
        if stop.check.status == "undecided" and not _digest_fits(root):
            raise refuse("content", "digest_mismatch", "The content is not what was signed, by whatever key.") from None
        raise
    check_time(verdict, policy, candidate)
    payload = verified[0]
    check_authority_in(verdict, candidate.entry, payload)
    return verdict.result(payload=payload, epcis=payload, covered="document")


def _parser() -> Any:
    from lxml import etree  # noqa: PLC0415 - loaded when a document is read

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _inspected(root: Any) -> tuple[str, list[Certificate]]:
    """Algorithm and certificates of the only signature, where nothing about it is refused."""
    if root.getroottree().docinfo.doctype:
        raise refuse("format", "dtd_present", "The document has a document type declaration.")
    signatures = list(root.iter(f"{{{_DS}}}Signature"))
    if len(signatures) != 1:
        code = "multiple_signatures" if signatures else "no_signature"
        raise refuse("format", code, f"The document has {len(signatures)} XML signatures: expected one.")
    signature = signatures[0]
    if signature.getparent() is not root:
        raise refuse("format", "reference_not_root", "The signature is not a child of the document's root.")
    signed_info = _only(signature, "SignedInfo")
    method = _only(signed_info, "SignatureMethod").get("Algorithm")
    if method not in _METHODS:
        raise refuse("key", "alg_forbidden", f"The signature method is {method!r}: expected RSA or ECDSA with SHA-256.")
    canonical = _only(signed_info, "CanonicalizationMethod")
    if canonical.get("Algorithm") != _EXCLUSIVE:
        raise refuse("format", "transform_forbidden", f"The canonicalization is {canonical.get('Algorithm')!r}.")
    references = signed_info.findall(f"{{{_DS}}}Reference")
    if len(references) != 1:
        raise refuse("format", "reference_not_root", f"The signature has {len(references)} References: expected one.")
    reference = references[0]
    if reference.get("URI") != "":
        detail = f"The Reference is to {reference.get('URI')!r}: expected the whole document."
        raise refuse("format", "reference_not_root", detail)
    if _only(reference, "DigestMethod").get("Algorithm") != _SHA256:
        raise refuse("key", "alg_forbidden", "The digest method is another than SHA-256.")
    transforms = [
        one.get("Algorithm") if one.tag == f"{{{_DS}}}Transform" and not len(one) else str(one.tag)
        for one in _only(reference, "Transforms")
    ]
    if transforms != [_ENVELOPED, _EXCLUSIVE]:
        raise refuse("format", "transform_forbidden", f"The transforms are {transforms}.")
    if signature.findall(f"{{{_DS}}}Object"):
        raise refuse("format", "transform_forbidden", "The signature carries objects of its own.")
    return method, _certificates(signature)


def _only(parent: Any, name: str) -> Any:
    found = parent.findall(f"{{{_DS}}}{name}")
    if len(found) != 1:
        raise refuse("format", "malformed", f"The signature has {len(found)} elements {name}: expected one.")
    return found[0]


def _certificates(signature: Any) -> list[Certificate]:
    from cryptography import x509  # noqa: PLC0415 - loaded on first use

    path = f"{{{_DS}}}KeyInfo/{{{_DS}}}X509Data/{{{_DS}}}X509Certificate"
    try:
        return [x509.load_der_x509_certificate(b64decode(one.text or "")) for one in signature.findall(path)[:5]]
    except ValueError as error:
        raise refuse("format", "malformed", f"Cannot read certificate in the signature: {error}.") from None


def _named_key(root: Any) -> str | None:
    """The name of the key that the signature shows, by which it is found among those that are trusted."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - loaded on first use

    shown = root.find(f"{{{_DS}}}Signature/{{{_DS}}}KeyInfo/{{{_DS}}}KeyValue")
    if shown is None:
        return None
    try:
        modulus, exponent, point = (
            None if one is None else b64decode(one.text or "")
            for one in (shown.find(f".//{{{_DS}}}Modulus"), shown.find(f".//{{{_DS}}}Exponent"), shown.find(_POINT))
        )
        if modulus is not None and exponent is not None:
            numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
            return key_name(numbers.public_key())
        if point is not None:
            return key_name(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    except ValueError:
        pass
    return None


def _fits(data: bytes, method: str, key: PublicKey, verified: list[bytes]) -> bool:
    """Whether the signature is that of ``key``; puts the bytes that were signed into ``verified``."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - loaded on first use
    from lxml import etree  # noqa: PLC0415
    from signxml.algorithms import DigestAlgorithm, SignatureMethod  # noqa: PLC0415
    from signxml.exceptions import SignXMLException  # noqa: PLC0415
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415

    configuration = SignatureConfiguration(
        require_x509=True,
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod(method)}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        ignore_ambiguous_key_info=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = XMLVerifier().verify(
                data, x509_cert=_wrapped(key), expect_config=configuration, parser=_parser(), validate_schema=True
            )
        except (SignXMLException, InvalidSignature, etree.LxmlError, *_BROKEN):
            return False
    if isinstance(result, list) or result.signed_xml is None:
        return False
    verified.append(result.signed_data)
    return True


def _digest_fits(root: Any) -> bool:
    """Whether the digest in the signature is that of the content; takes the signature out of the document."""
    signature = root.find(f"{{{_DS}}}Signature")
    wanted = "".join((signature.findtext(f".//{{{_DS}}}DigestValue") or "").split())
    before, after = signature.getprevious(), signature.tail or ""
    if before is None:
        root.text = (root.text or "") + after
    else:
        before.tail = (before.tail or "") + after
    root.remove(signature)
    # a processing instruction beside the root is part of the document, for those who sign it with the document
    return any(_digest_of(one) == wanted for one in (root, root.getroottree()))


def _canonical(element: Any) -> bytes:
    from lxml import etree  # noqa: PLC0415 - loaded when a document is signed or verified

    made: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return made


def _digest_of(element: Any) -> str:
    return b64encode(sha256(_canonical(element)).digest()).decode()


def _signed_elsewhere(root: Any, signer: Signer) -> bytes:
    """The document signed by a key that is not in memory: a module or a service signs the canonical SignedInfo."""
    from lxml import etree  # noqa: PLC0415 - loaded when a document is signed

    digest = _digest_of(root)
    signature = etree.SubElement(root, f"{{{_DS}}}Signature", nsmap={"ds": _DS})

    def add(parent: Any, name: str, algorithm: str = "", text: str = "") -> Any:
        made = etree.SubElement(parent, f"{{{_DS}}}{name}", {"Algorithm": algorithm} if algorithm else {})
        made.text = text or None
        return made

    info = add(signature, "SignedInfo")
    add(info, "CanonicalizationMethod", _EXCLUSIVE)
    add(info, "SignatureMethod", next(method for method, alg in _METHODS.items() if alg == signer.alg))
    reference = add(info, "Reference")
    reference.set("URI", "")
    transforms = add(reference, "Transforms")
    for algorithm in (_ENVELOPED, _EXCLUSIVE):
        add(transforms, "Transform", algorithm)
    add(reference, "DigestMethod", _SHA256)
    add(reference, "DigestValue", text=digest)
    add(signature, "SignatureValue", text=b64encode(signer.sign(_canonical(info))).decode())
    add(add(signature, "KeyInfo"), "KeyName", text=signer.kid)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _wrapped(key: PublicKey) -> Certificate:
    """A certificate around a key that is trusted already: signxml takes keys in certificates only.

    It lives for this call; who is trusted, and for how long, was decided before.
    """
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only here

    from cryptography import x509  # noqa: PLC0415 - loaded on first use
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    name = x509.Name([])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
