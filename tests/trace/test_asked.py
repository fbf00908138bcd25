"""A question may name its key in any spelling, and a text that can name nothing is refused."""

from __future__ import annotations

import pytest

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1 import parse_key
from epcis_kit.trace.asked import key_asked

LOT = "https://id.gs1.org/01/09521201100012/10/S-0502"


@pytest.mark.parametrize(
    "key",
    [
        LOT,
        "https://example.com/some/stem/01/09521201100012/10/S-0502?17=250601",
        "urn:epc:class:lgtin:9521201.010001.S-0502",
        "(01)09521201100012(10)S-0502",
        " (01)09521201100012(10)S-0502",
        "(01)09521201100012(17)250601(10)S-0502",
        "010952120110001210S-0502",
    ],
)
def test_every_spelling_is_the_same_key(key: str) -> None:
    assert key_asked(key).key == LOT
    assert key_asked(key).level == "lot"
    assert key_asked(parse_key(key.strip())).key == LOT


def test_a_bare_number_is_a_key() -> None:
    assert key_asked("095212010000001012").key == "https://id.gs1.org/00/095212010000001012"


@pytest.mark.parametrize("key", ["urn:uuid:b0b2a3a8-0000-4000-8000-000000000000", "https://example.com/thing/7", "x:y"])
def test_another_uri_is_itself(key: str) -> None:
    assert key_asked(key).key == key
    assert key_asked(key).level == "opaque"


@pytest.mark.parametrize("key", ["", "S-0502", "(01)09521201100013", "09521201100013"])
def test_what_no_event_can_name_is_refused(key: str) -> None:
    with pytest.raises(IdentifierError):
        key_asked(key)
