"""Nothing that signs is loaded before something is signed or verified."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"cryptography", "joserfc", "rfc8785", "signxml"}


def loaded_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import epcis_kit",
        "import epcis_kit.codec.json_reader, epcis_kit.codec.xml_reader",
        "import epcis_kit.cli.sign, epcis_kit.cli.verify, epcis_kit.cli.keygen",
        "import epcis_kit.signing, epcis_kit.signing.trust, epcis_kit.signing.profiles",
        "import epcis_kit.signing.attest, epcis_kit.signing.xmldsig, epcis_kit.signing.integrity",
        "import epcis_kit.signing.notes, epcis_kit.store.store, epcis_kit.store.audit",
    ],
)
def test_what_signs_is_loaded_late(statement: str) -> None:
    assert sorted(loaded_after(statement) & HEAVY) == []


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_the_check_would_notice(name: str) -> None:
    assert name in loaded_after(f"import {name}")
