"""keygen, sign and verify: files in, files out, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import epcis_kit as ek
from epcis_kit.cli import cli

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
    (tmp_path / "a.json").write_bytes(ek.write([EVENT]))
    (tmp_path / "a.xml").write_bytes(ek.write([EVENT], format="xml", version="1.2"))
    (tmp_path / "a.csv").write_text("x,y\n")
    for kind in ("es256", "ed25519", "rsa", "x509"):
        assert run("keygen", "--type", kind, "--out", tmp_path / kind).exit_code == 0
    return tmp_path


def test_keys_are_secret_and_not_overwritten(folder: Path) -> None:
    assert (folder / "es256.key").stat().st_mode & 0o777 == 0o600
    assert {path.suffix for path in folder.glob("x509.*")} == {".key", ".crt"}
    again = run("keygen", "--type", "rsa", "--out", folder / "rsa")
    assert again.exit_code == 3
    assert again.output == (
        f"epcis-kit: Cannot write {str(folder / 'rsa.key')!r}: it exists; keys are not overwritten.\n"
    )


@pytest.mark.parametrize(
    ("document", "key", "trust", "profile", "signed"),
    [
        ("a.json", "es256.key", "es256.pub", "vc-jwt", "a.json.jwt"),
        ("a.json", "ed25519.key", "ed25519.pub", "vc-jwt", "a.json.jwt"),
        ("a.json", "es256.key", "es256.pub", "jws-detached", "a.json"),
        ("a.xml", "x509.key", "x509.crt", "xmldsig", "a.signed.xml"),
        ("a.xml", "rsa.key", "rsa.pub", "xmldsig", "a.signed.xml"),
        ("a.xml", "es256.key", "es256.pub", "xmldsig", "a.signed.xml"),
        ("a.csv", "es256.key", "es256.pub", "jws-detached", "a.csv.jws"),
        ("a.xml", "ed25519.key", "ed25519.pub", "attest", "a.xml"),
        ("a.json", "x509.key", "x509.crt", "attest", "a.json.epcis-att.json"),
    ],
)
def test_signed_then_verified(  # noqa: PLR0917 - one row a kind
    document: str, key: str, trust: str, profile: str, signed: str, folder: Path
) -> None:
    made = run("sign", folder / document, "--key", folder / key, "--profile", profile, "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.output)
    assert told["profile"] == profile
    good = run("verify", folder / signed, "--trust", folder / trust, "--json")
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["status"] == "VALID"
    assert run("verify", folder / signed).exit_code == 3
    for path in {folder / document, folder / told["output"]} - {folder / "a.json"}:
        path.write_bytes(path.read_bytes().replace(b"OBSERVE", b"DELETE").replace(b"x,y", b"x,z"))
    (folder / "a.json").write_bytes(ek.write([EVENT.model_copy(update={"action": "DELETE"})]))
    if signed.endswith(".jwt"):
        (folder / signed).write_bytes((folder / signed).read_bytes()[:-5] + b"AAAA\n")
    bad = run("verify", folder / signed, "--trust", folder / trust)
    assert bad.exit_code == 1, bad.output
    assert f"{folder / signed}: INVALID" in bad.output


def test_a_credential_beside_another_document(folder: Path) -> None:
    run("sign", folder / "a.json", "--key", folder / "es256.key")
    assert run("verify", folder / "a.json", "--trust", folder / "es256.pub").exit_code == 0
    (folder / "a.json").write_bytes(ek.write([EVENT.model_copy(update={"action": "DELETE"})]))
    result = run("verify", folder / "a.json", "--trust", folder / "es256.pub")
    assert result.exit_code == 1
    assert "digest_mismatch" in result.output


def test_what_is_not_signed(folder: Path) -> None:
    result = run("verify", folder / "a.xml", "--trust", folder / "es256.pub")
    assert result.exit_code == 3
    assert result.output == (
        f"{folder / 'a.xml'}: UNSIGNED\n"
        "  undecided: no_signature: There is no signature, neither inside nor beside it.\n"
    )


def test_the_worst_of_a_batch_decides(folder: Path) -> None:
    run("sign", folder / "a.csv", "--key", folder / "es256.key")
    run("sign", folder / "a.xml", "--key", folder / "rsa.key")
    (folder / "a.csv").write_text("changed")
    trust = ("--trust", folder / "es256.pub", "--trust", folder / "rsa.pub")
    assert run("verify", folder / "a.csv", folder / "a.xml", *trust).exit_code == 1
    assert run("verify", folder / "a.signed.xml", folder / "a.xml", *trust).exit_code == 3
    assert run("verify", folder / "a.signed.xml", *trust).exit_code == 0


def test_only_what_was_signed_is_written(folder: Path) -> None:
    run("sign", folder / "a.json", "--key", folder / "es256.key", "-o", folder / "c.jwt")
    out = folder / "out.json"
    assert run("verify", folder / "c.jwt", "--payload", out).exit_code == 3
    assert not out.exists()
    assert run("verify", folder / "c.jwt", "--trust", folder / "es256.pub", "--payload", out).exit_code == 0
    assert out.read_bytes() == (folder / "a.json").read_bytes().strip()


def test_a_passphrase_comes_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASS", "a demo passphrase")
    run("keygen", "--out", folder / "locked", "--passphrase-env", "DEMO_PASS")
    assert b"ENCRYPTED" in (folder / "locked.key").read_bytes()
    assert run("sign", folder / "a.csv", "--key", folder / "locked.key", "--passphrase-env", "DEMO_PASS").exit_code == 0
    (folder / "a.csv.jws").unlink()
    assert run("sign", folder / "a.csv", "--key", folder / "locked.key").exit_code == 3
    monkeypatch.delenv("DEMO_PASS")
    assert run("sign", folder / "a.csv", "--key", folder / "locked.key", "--passphrase-env", "DEMO_PASS").exit_code == 3


def test_wrong_usage(folder: Path) -> None:
    assert run("sign", folder / "a.csv", "--key", folder / "es256.key", "--profile", "pgp").exit_code == 2
    assert run("sign", folder / "a.csv", folder / "a.xml", "--key", folder / "es256.key", "-o", "x").exit_code == 2
    assert run("verify", folder / "a.csv", "--at", "tomorrow").exit_code == 2
    assert run("verify", folder / "missing").exit_code == 3
    assert run("sign", folder / "a.csv", "--key", folder / "es256.pub").exit_code == 3


def test_the_document_of_a_signer_in_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from epcis_kit.signing import load_signer  # noqa: PLC0415 - this test only
    from epcis_kit.signing.key_names import multibase  # noqa: PLC0415

    did = "did:web:plant.example"
    key = multibase(load_signer(folder / "es256.key").public_key)
    method = {"id": "#1", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
    document = json.dumps({"id": did, "verificationMethod": [method], "assertionMethod": ["#1"]})
    place = folder / "dids" / "plant.example" / ".well-known"
    place.mkdir(parents=True)
    (place / "did.json").write_text(document)
    (folder / "trust.toml").write_text(f'[[signer]]\nname = "Demo Plant"\ndid = "{did}"\n')
    made = run("sign", folder / "a.json", "--key", folder / "es256.key", "--kid", f"{did}#1")
    assert made.exit_code == 0
    trusting = ("verify", folder / "a.json.jwt", "--trust", folder / "trust.toml")
    assert run(*trusting).exit_code == 3
    found = run(*trusting, "--did-documents", folder / "dids")
    assert found.exit_code == 0
    assert "\n  signed by Demo Plant, vouched for by did:web cache\n" in found.output

    class Fetcher:
        def fetch(self, url: str) -> bytes:
            assert url == "https://plant.example/.well-known/did.json"
            return document.encode()

    monkeypatch.setattr("epcis_kit.rest.fetch.HttpFetcher", Fetcher)
    monkeypatch.setattr("epcis_kit.rest.HttpFetcher", Fetcher, raising=False)
    online = run(*trusting, "--online")
    assert online.exit_code == 0
    assert "\n  signed by Demo Plant, vouched for by did:web online\n" in online.output
