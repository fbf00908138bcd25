"""Other implementations, where `nox -s foreign` has installed them; each test that needs an absent one is skipped.

The session names its folder in EPCIS_KIT_FOREIGN: it holds node_modules. xmlsec1 is found on the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.signing import PrivateKeySigner, generate_key, load_signer, self_signed_certificate
from epcis_kit.signing.keys import private_pem

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
START, NOW, END = (datetime(year, 1, 1, tzinfo=UTC) for year in (2025, 2026, 2126))


def event(serial: int) -> ek.Event:
    return ek.ObjectEvent(
        event_time="2026-01-01T10:00:00.000+01:00",
        event_time_zone_offset="+01:00",
        action="OBSERVE",
        biz_step="shipping",
        epc_list=[f"urn:epc:id:sgtin:9521321.012345.{serial}"],
        read_point={"id": "urn:epc:id:sgln:9521321.00001.0"},
    )


@pytest.fixture(scope="session")
def session_folder() -> Path:
    """What the nox session made."""
    name = os.environ.get("EPCIS_KIT_FOREIGN")
    if name is None:
        pytest.skip("other implementations are installed by: nox -s foreign")
    return Path(name)


@pytest.fixture(scope="session")
def ask(session_folder: Path) -> Callable[..., dict[str, Any]]:
    """Puts a question to one of the scripts in this folder."""
    node = shutil.which("node")
    if node is None or not (session_folder / "node_modules").is_dir():
        pytest.skip("the npm packages are not installed")

    def answer(script: str, action: str, **question: Any) -> dict[str, Any]:
        copy = session_folder / script  # node looks for packages beside the script
        shutil.copyfile(HERE / script, copy)
        text = json.dumps({"action": action, **question})
        done = subprocess.run([node, copy], input=text, capture_output=True, text=True, check=True, timeout=60)
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    return answer


@pytest.fixture(scope="session")
def xmlsec1(session_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Debian's xmlsec1."""
    assert session_folder.is_dir()
    program = shutil.which("xmlsec1")
    if program is None:
        pytest.skip("xmlsec1 is not installed")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [program, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture(scope="session")
def signers() -> dict[str, PrivateKeySigner]:
    """One key of each kind; the RSA and P-256 keys have certificates of their own."""
    found = {"ed25519": load_signer(private_pem(generate_key("ed25519")))}
    for kind in ("es256", "rsa"):
        key = generate_key(kind)
        found[kind] = load_signer(private_pem(key))
        certificate = self_signed_certificate(key, "Demo Plant", START, END)
        found[f"{kind}-x509"] = PrivateKeySigner(key, found[kind].kid, (certificate,))
    return found


@pytest.fixture
def now() -> datetime:
    """The instant at which tests sign and verify."""
    return NOW


@pytest.fixture(scope="session")
def json_document() -> bytes:
    """An EPCIS document in JSON."""
    return ek.write([event(1), event(2)])
