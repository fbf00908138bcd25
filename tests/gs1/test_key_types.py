from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.key_types import (
    KEY_TYPES,
    Cpid,
    Gcn,
    Gdti,
    Giai,
    Ginc,
    Gln,
    Gmn,
    Grai,
    Gsin,
    Gsrn,
    GsrnProvider,
    Gtin,
    Itip,
    KeyNumber,
    PartyGln,
    Sscc,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("key", "link"),
    [
        (Gtin.build("9520001", 12345), "01/09520001123450"),
        (Gtin.build("9520001", "12345", indicator="3"), "01/39520001123451"),
        (Gtin.build("952000112345", ""), "01/09520001123450"),
        (Sscc.build("9520001", 1, extension="1"), "00/195200010000000017"),
        (Gln.build("9520001", "00001"), "414/9520001000010"),
        (PartyGln.build("9520001", 1), "417/9520001000010"),
        (Grai.build("9520001", 12), "8003/09520001000126"),
        (Grai.build("9520001", 12, "A/1"), "8003/09520001000126A%2F1"),
        (Giai.build("9520001", "TRAILER-5"), "8004/9520001TRAILER-5"),
        (Gsrn.build("9520001", 7), "8018/952000100000000078"),
        (GsrnProvider.build("9520001", 7), "8017/952000100000000078"),
        (Gdti.build("9520001", 7, "X"), "253/9520001000072X"),
        (Gcn.build("9520001", 7, "12"), "255/952000100007212"),
        (Ginc.build("9520001", "S1"), "401/9520001S1"),
        (Gsin.build("9520001", 7), "402/95200010000000072"),
        (Cpid.build("9520001", "A-1/2"), "8010/9520001A-1%2F2"),
        (Itip.build("9520001", 5, 1, 2), "8006/095200010000580102"),
        (Gmn.build("9520001", "Ad4X"), "8013/9520001Ad4XXR"),
    ],
)
def test_built_keys(key: KeyNumber, link: str) -> None:
    assert key.as_digital_link() == f"https://id.gs1.org/{link}"
    assert type(key).parse(key.as_digital_link()) == key
    assert key.company_prefix() == ("952000112345" if key.gcp_length == 12 else "9520001")


@given(st.integers(6, 12), st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_built_is_read(length: int, data: st.DataObject) -> None:
    prefix = data.draw(st.text("0123456789", min_size=length, max_size=length))
    reference = data.draw(st.integers(0, 10 ** (12 - length) - 1)) if length < 12 else ""
    gtin = Gtin.build(prefix, reference)
    assert Gtin.parse(gtin.as_epc_urn()) == gtin
    assert gtin.company_prefix() == prefix
    gln = Gln.build(prefix, reference)
    assert Gln.parse(f"GLN {gln}") == gln


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Gtin.build("9520001", "1234567"),
            (
                "Cannot build GTIN '9520001, 01234567': expected 6 digits in the item reference after a company prefix "
                "of 7, got 8."
            ),
        ),
        (
            lambda: Gtin.build("95200", 1),
            "Cannot build GTIN '95200, 00000001': expected a company prefix of 6 to 12 digits, got 5.",
        ),
        (
            lambda: Gtin.build("9520001", 1, indicator="x"),
            "Cannot build GTIN 'x': expected an indicator of one digit.",
        ),
        (
            lambda: Giai.build("9520001", "é"),
            (
                "Cannot build GIAI '9520001, é': expected GS1 characters, with \" % & / < > ? escaped in the asset "
                "reference, got 'é'."
            ),
        ),
        (
            lambda: Gcn.build("9520001", 1, "A"),
            "Cannot build GCN '9520001, 00001, A': expected digits only in the serial number, got 'A'.",
        ),
        (lambda: Gln.build("9520001", -1), "Cannot build GLN -1: expected a positive party reference."),
        (lambda: Itip.build("9520001", 1, 3, 2), "Cannot build ITIP 'piece 3 of 2': expected 1 to 99 pieces."),
        (lambda: Gtin("123"), "Cannot read GTIN '123': expected 8, 12, 13 or 14 digits, got 3."),
        (lambda: Gtin("9506000134353"), "Cannot read GTIN '9506000134353': expected check digit 2, got 3."),
    ],
)
def test_impossible_keys_are_refused(make: Callable[[], KeyNumber], message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        make()
    assert str(caught.value) == message


def test_a_gtin_in_its_lengths() -> None:
    gtin = Gtin.parse("9506000134352")
    assert (gtin.value, gtin.as_gtin_14(), gtin.as_gtin_13()) == ("09506000134352", "09506000134352", "9506000134352")
    assert Gtin.from_upc_e("425261").as_gtin_12() == "042100005264"
    assert Gtin.from_upc_e("425261").as_upc_e() == "04252614"
    assert Gtin("96385074").as_gtin_8() == "96385074"
    assert gtin == Gtin("9506000134352")
    assert str(gtin) == "09506000134352"


def test_the_number_of_a_party_is_a_gln_too() -> None:
    assert Gln.parse("urn:epc:id:pgln:0614141.00000") == Gln("0614141000005")
    assert Gln.parse("urn:epc:id:sgln:0614141.00000.12") == Gln("0614141000005")


def test_serial_numbers_inside_keys() -> None:
    assert Grai.parse("(8003)04012345000221334455").serial == "334455"
    assert Grai.parse("(8003)04012345000221").serial is None


def test_each_ai_of_a_key_has_one_type() -> None:
    assert all(kind.ai == ai for ai, kind in KEY_TYPES.items())
    assert len(KEY_TYPES) == 15
