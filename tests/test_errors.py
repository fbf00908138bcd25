"""The exception tree: who is whose child, and the whole sentence of each kind."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit import errors
from epcis_kit.errors import (
    DocumentError,
    EncodeError,
    EpcisKitError,
    IdentifierError,
    InvalidDocumentError,
    MissingExtraError,
    RemoteRejected,
    UnsupportedVersionError,
    shorten,
)
from epcis_kit.findings import Finding, Location, Report

PARENTS = {
    "EpcisKitError": (Exception,),
    "IdentifierError": (EpcisKitError, ValueError),
    "DocumentError": (EpcisKitError, ValueError),
    "UnsupportedVersionError": (DocumentError,),
    "InvalidDocumentError": (EpcisKitError,),
    "EncodeError": (EpcisKitError, ValueError),
    "MappingError": (EpcisKitError, ValueError),
    "QueryError": (EpcisKitError, ValueError),
    "SignatureError": (EpcisKitError,),
    "StoreError": (EpcisKitError,),
    "StoreBusy": (errors.StoreError,),
    "StoreVersionError": (errors.StoreError,),
    "NotAStore": (errors.StoreError,),
    "RemoteError": (EpcisKitError,),
    "RemoteRejected": (errors.RemoteError,),
    "RemoteUnreachable": (errors.RemoteError,),
    "MissingExtraError": (EpcisKitError, ImportError),
}


def test_the_tree_is_the_promised_one() -> None:
    tree = {
        name: value.__bases__
        for name in errors.__all__
        if isinstance(value := getattr(errors, name), type) and issubclass(value, BaseException)
    }
    assert tree == PARENTS


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            IdentifierError("GTIN", "123", expected="8, 12, 13 or 14 digits", got="3"),
            "Cannot read GTIN '123': expected 8, 12, 13 or 14 digits, got 3.",
        ),
        (
            IdentifierError("EPC URN", "01/2", expected="a serial number", verb="make"),
            "Cannot make EPC URN '01/2': expected a serial number.",
        ),
        (DocumentError("The file is empty."), "The file is empty."),
        (
            DocumentError("The element is not closed.", Location(file="may.xml", line=3, column=9)),
            "may.xml, line 3, column 9: The element is not closed.",
        ),
        (DocumentError("The file is empty.", Location()), "The file is empty."),
        (UnsupportedVersionError("No EPCIS 3.0."), "No EPCIS 3.0."),
        (EncodeError("XML 1.2 has no sensor elements.", ["sensorElementList"]), "XML 1.2 has no sensor elements."),
        (RemoteRejected("The address answered 403.", 403), "The address answered 403."),
        (
            MissingExtraError("Reading spreadsheets", "xlsx"),
            "Reading spreadsheets needs an extra that is not installed: pip install 'epcis-kit[xlsx]'.",
        ),
    ],
)
def test_the_message_is_one_whole_sentence(error: EpcisKitError, message: str) -> None:
    assert str(error) == message


def test_an_identifier_error_says_each_part_to_programs() -> None:
    error = IdentifierError("SSCC", "12", expected="18 digits", got="2", kind="length", ai="00", position=1)
    assert vars(error) == {
        "what": "SSCC",
        "value": "12",
        "expected": "18 digits",
        "got": "2",
        "kind": "length",
        "ai": "00",
        "position": 1,
        "verb": "read",
        "reason": "expected 18 digits, got 2",
    }


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize(
    "error",
    [
        IdentifierError("SSCC", "12", expected="18 digits", got="2", kind="length", ai="00", position=1, verb="make"),
        DocumentError("The element is not closed.", Location(file="may.xml", line=3)),
        UnsupportedVersionError("No EPCIS 3.0.", Location(file="may.xml")),
        InvalidDocumentError("The document is not valid.", Report()),
        EncodeError("It does not fit.", ["sensorElementList"]),
        RemoteRejected("The address answered 403.", 403, {"type": "about:blank"}),
        MissingExtraError("Reading spreadsheets", "xlsx"),
    ],
)
def test_an_error_survives_the_way_to_another_process(error: EpcisKitError, again: object) -> None:
    assert callable(again)
    twin = again(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


def test_the_bridge_from_findings_carries_the_report() -> None:
    report = Report((Finding(rule="EVT-001", severity="error", layer="event", message="No action."),), events=1)
    with pytest.raises(InvalidDocumentError) as raised:
        report.raise_for_errors()
    assert raised.value.report is report


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        (b"abc", "b'abc'"),
        ("a" * 60 + "b" * 70, f"'{'a' * 60}'…'{'b' * 60}' (130 characters)"),
        (b"a" * 60 + b"b" * 70, f"{b'a' * 60!r}…{b'b' * 60!r} (130 bytes)"),
        (None, "None"),
        (list(range(10)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    ],
)
def test_long_values_are_cut_in_the_middle(value: object, text: str) -> None:
    assert shorten(value) == text


@given(st.one_of(st.text(max_size=400), st.binary(max_size=400), st.lists(st.integers(), max_size=200)))
@settings(max_examples=200, deadline=None)
def test_no_message_grows_with_its_input(value: object) -> None:
    assert len(shorten(value, 20)) <= 20 * 10 + 40  # at most ten characters for one that is escaped: '\U0010ffff'


def test_ten_megabytes_come_back_as_a_line() -> None:
    assert len(str(IdentifierError("GTIN", "9" * 10_000_000, expected="14 digits"))) < 300
