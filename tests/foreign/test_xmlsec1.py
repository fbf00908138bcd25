"""Debian's xmlsec1 verifies the XML that we sign and refuses what was changed; we verify what it signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import epcis_kit as ek
from epcis_kit.signing import public_pem, sign, verify
from epcis_kit.signing.keys import private_pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from epcis_kit.signing import PrivateKeySigner

TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{}"/>
<ds:Reference URI=""><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>
</ds:SignedInfo><ds:SignatureValue/></ds:Signature>"""


def document(version: str) -> bytes:
    event = ek.ObjectEvent(
        event_time="2026-01-01T10:00:00Z",
        event_time_zone_offset="+00:00",
        action="OBSERVE",
        epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
        biz_step="urn:epcglobal:cbv:bizstep:shipping",
    )
    return ek.write([event], format="xml", version=version)


@pytest.mark.parametrize("version", ["1.2", "2.0"])
@pytest.mark.parametrize("kind", ["rsa-x509", "es256-x509"])
def test_xmlsec1_verifies_what_we_sign(  # noqa: PLR0917 - cases and fixtures
    kind: str,
    version: str,
    xmlsec1: Callable[..., Any],
    signers: dict[str, PrivateKeySigner],
    now: datetime,
    tmp_path: Path,
) -> None:
    signer = signers[kind]
    signed, trusted = tmp_path / "signed.xml", tmp_path / "trusted.pem"
    signed.write_bytes(sign(document(version), key=signer, at=now).data)
    trusted.write_bytes(signer.certificates[0].public_bytes(Encoding.PEM))
    good = xmlsec1("--verify", "--trusted-pem", trusted, signed)
    assert (good.returncode, "OK" in good.stderr + good.stdout) == (0, True), good.stderr
    text = signed.read_text()
    assert text.count("012345.1") == 1
    signed.write_text(text.replace("012345.1", "012345.2"))
    assert xmlsec1("--verify", "--trusted-pem", trusted, signed).returncode != 0
    signed.write_text(text)
    other = tmp_path / "other.pem"
    stranger = signers["es256-x509" if kind == "rsa-x509" else "rsa-x509"]
    other.write_bytes(stranger.certificates[0].public_bytes(Encoding.PEM))
    assert xmlsec1("--verify", "--trusted-pem", other, signed).returncode != 0


@pytest.mark.parametrize("version", ["1.2", "2.0"])
@pytest.mark.parametrize("kind", ["rsa", "es256"])
def test_xmlsec1_verifies_by_a_bare_public_key(  # noqa: PLR0917 - cases and fixtures
    kind: str,
    version: str,
    xmlsec1: Callable[..., Any],
    signers: dict[str, PrivateKeySigner],
    now: datetime,
    tmp_path: Path,
) -> None:
    signed, public = tmp_path / "signed.xml", tmp_path / "public.pem"
    signed.write_bytes(sign(document(version), key=signers[kind], at=now).data)
    public.write_bytes(public_pem(signers[kind].public_key))
    good = xmlsec1("--verify", "--pubkey-pem", public, signed)
    assert good.returncode == 0, good.stderr


@pytest.mark.parametrize("version", ["1.2", "2.0"])
@pytest.mark.parametrize(("kind", "method"), [("rsa", "rsa-sha256"), ("es256", "ecdsa-sha256")])
def test_we_verify_what_xmlsec1_signs(  # noqa: PLR0917 - cases and fixtures
    kind: str,
    method: str,
    version: str,
    xmlsec1: Callable[..., Any],
    signers: dict[str, PrivateKeySigner],
    now: datetime,
    tmp_path: Path,
) -> None:
    signer = signers[kind]
    secret, template, signed = tmp_path / "secret.pem", tmp_path / "template.xml", tmp_path / "signed.xml"
    secret.write_bytes(private_pem(signer.private_key))
    head, end = document(version).decode().rstrip().rsplit("</", 1)
    template.write_text(f"{head}{TEMPLATE.format(method)}</{end}")
    made = xmlsec1("--sign", "--privkey-pem", secret, "--output", signed, template)
    assert made.returncode == 0, made.stderr
    result = verify(signed.read_bytes(), trust=signer.public_key, at=now)
    assert (result.status, result.profile, result.covered) == ("VALID", "xmldsig", "document")
    assert result.epcis is not None
    assert len(ek.read(result.epcis).events) == 1
    changed = signed.read_bytes().replace(b"OBSERVE", b"DELETE")
    refused = verify(changed, trust=signer.public_key, at=now)
    assert (refused.status, refused.codes, refused.payload) == ("INVALID", ("digest_mismatch",), None)


@pytest.mark.parametrize("kind", ["rsa", "es256"])
def test_xmlsec1_verifies_what_a_module_signs(
    kind: str, xmlsec1: Callable[..., Any], signers: dict[str, PrivateKeySigner], now: datetime, tmp_path: Path
) -> None:
    class Module:
        """A hardware module, as the library sees it."""

        alg, kid, issuer = signers[kind].alg, "plant-1", "plant-1"

        def sign(self, data: bytes) -> bytes:
            return signers[kind].sign(data)

    signed, public = tmp_path / "signed.xml", tmp_path / "public.pem"
    signed.write_bytes(sign(document("1.2"), key=Module(), at=now).data)
    public.write_bytes(public_pem(signers[kind].public_key))
    good = xmlsec1("--verify", "--pubkey-pem", public, signed)
    assert good.returncode == 0, good.stderr
