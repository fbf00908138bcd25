"""convert --resign: files in another format, signed again, with the old verdict on record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import epcis_kit as ek
from epcis_kit.cli import cli
from epcis_kit.signing.key_names import from_base64url

if TYPE_CHECKING:
    from pathlib import Path

EVENT = ek.ObjectEvent(
    event_time="2026-01-01T10:00:00Z",
    event_time_zone_offset="+01:00",
    action="OBSERVE",
    epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.xml").write_bytes(ek.write([EVENT], format="xml", version="1.2"))
    for kind in ("es256", "x509"):
        assert run("keygen", "--type", kind, "--out", tmp_path / kind).exit_code == 0
    assert run("sign", tmp_path / "a.xml", "--key", tmp_path / "x509.key").exit_code == 0
    return tmp_path


def test_a_signature_is_a_named_loss_without_it(folder: Path) -> None:
    result = run("convert", folder / "a.signed.xml", folder / "a.json")
    assert result.exit_code == 1
    assert "LOSS-SIGNATURE" in result.output


def test_a_signed_document_is_converted_and_signed_again(folder: Path) -> None:
    made = run(
        *("convert", folder / "a.signed.xml", folder / "a.json"),
        *("--resign", folder / "es256.key", "--trust", folder / "x509.crt"),
    )
    assert made.exit_code == 0
    assert made.output == (
        "1 events, xml 1.2 to json 2.0, 0 losses\n  signed again (vc-jwt); the old signature was VALID\n"
    )
    found = run("verify", folder / "a.json", "--trust", folder / "es256.pub")
    assert found.exit_code == 0
    assert "\n  match: exact\n" in found.output
    said = run("verify", folder / "a.json.conversion.jwt", "--trust", folder / "es256.pub")
    assert said.exit_code == 0
    payload = (folder / "a.json.conversion.jwt").read_text().split(".")[1]
    subject = json.loads(from_base64url(payload))["credentialSubject"]
    assert subject["convertedFrom"]["signature"]["signers"][0]["name"] == "x509.crt"


def test_xml_carries_the_new_signature_inside(folder: Path) -> None:
    made = run("convert", folder / "a.signed.xml", folder / "b.xml", "--resign", folder / "x509.key", "--json")
    assert made.exit_code == 0
    plain = json.loads(made.output)
    assert plain["signature"] == {"was": "INDETERMINATE", "profile": "xmldsig"}
    assert [loss["rule"] for loss in plain["losses"]] == ["LOSS-SIGNATURE"]
    assert run("verify", folder / "b.xml", "--trust", folder / "x509.crt").exit_code == 0
    attested = run(
        *("convert", folder / "a.xml", folder / "c.json", "--resign", folder / "es256.key"),
        *("--resign-profile", "attest", "--check"),
    )
    assert attested.exit_code == 0
    assert run("verify", folder / "c.json", "--trust", folder / "es256.pub").exit_code == 0


def test_a_document_that_was_changed_is_not_signed_again(folder: Path) -> None:
    signed = folder / "a.signed.xml"
    signed.write_bytes(signed.read_bytes().replace(b"OBSERVE", b"DELETE"))
    result = run("convert", signed, folder / "a.json", "--resign", folder / "es256.key")
    assert result.exit_code == 3
    assert result.output == (
        "epcis-kit: Cannot sign again: the old signature is INVALID. "
        "The content is not what was signed, by whatever key.\n"
    )
    assert not (folder / "a.json").exists()


@pytest.mark.parametrize(
    "options", [("--trust", "x.pub"), ("--resign-profile", "attest"), ("--passphrase-env", "SECRET")]
)
def test_options_that_go_with_another(options: tuple[str, str], folder: Path) -> None:
    assert run("convert", folder / "a.xml", folder / "a.json", *options).exit_code == 2
    assert run("convert", folder / "a.xml", "-", "--to", "json", "--resign", folder / "es256.key").exit_code == 2
