from __future__ import annotations

import csv
import doctest
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit import vocab

if TYPE_CHECKING:
    from pathlib import Path

_SIZES = {
    "biz_step": 41,
    "disposition": 33,
    "biz_transaction_type": 13,
    "source_dest_type": 3,
    "error_reason": 2,
    "component": 14,
    "measurement_type": 72,
    "alert_type": 2,
}
_CLASSES: dict[str, vocab.Kind] = {
    "BizStep": "biz_step",
    "Disp": "disposition",
    "BTT": "biz_transaction_type",
    "SDT": "source_dest_type",
    "ER": "error_reason",
    "Comp": "component",
    "MeasurementType": "measurement_type",
    "SensorAlertType": "alert_type",
}
_EVERY_WORD = [(kind, word) for kind in vocab.KINDS for word in vocab.terms(kind)]


def test_the_lists_are_complete() -> None:
    assert {kind: len(vocab.terms(kind)) for kind in vocab.KINDS} == _SIZES


@pytest.mark.parametrize(
    "text",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "http://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_every_spelling_of_a_biz_step_gives_the_bare_word(text: str) -> None:
    assert vocab.to_bare("biz_step", text) == "shipping"


@pytest.mark.parametrize(
    "text",
    [
        "Temperature",
        "gs1:Temperature",
        "https://gs1.org/voc/Temperature",
        "http://gs1.org/voc/Temperature",
        "https://ref.gs1.org/voc/Temperature",
        "http://ref.gs1.org/voc/Temperature",
    ],
)
def test_every_spelling_of_a_measurement_type_gives_the_bare_word(text: str) -> None:
    assert vocab.to_bare("measurement_type", text) == "Temperature"


@pytest.mark.parametrize(
    "text",
    [
        "Shipping",
        " shipping",
        "in_transit",
        "urn:epcglobal:cbv:disp:in_transit",
        "https://ref.gs1.org/cbv/Bizstep-shipping",
        "https://ref.gs1.org/cbv/BizStep-nonsense",
        "https://example.org/cbv/BizStep-shipping",
        "",
    ],
)
def test_what_is_no_word_of_the_list_comes_back_unchanged(text: str) -> None:
    assert vocab.to_bare("biz_step", text) == text
    assert vocab.to_urn("biz_step", text) == text
    assert vocab.to_web_uri("biz_step", text) == text
    assert vocab.to_curie("biz_step", text) == text
    assert not vocab.is_term("biz_step", text)


def test_the_written_spellings() -> None:
    assert vocab.to_urn("biz_transaction_type", "po") == "urn:epcglobal:cbv:btt:po"
    assert vocab.to_web_uri("biz_transaction_type", "po") == "https://ref.gs1.org/cbv/BTT-po"
    assert vocab.to_curie("component", "x") == "cbv:Comp-x"
    assert vocab.to_urn("measurement_type", "Temperature") == "Temperature"
    assert vocab.to_web_uri("measurement_type", "Temperature") == "https://ref.gs1.org/voc/Temperature"
    assert vocab.to_curie("alert_type", "ALARM_CONDITION") == "gs1:ALARM_CONDITION"


@given(st.sampled_from(_EVERY_WORD))
@settings(max_examples=200, deadline=None)
def test_every_written_spelling_is_read_back(entry: tuple[vocab.Kind, str]) -> None:
    kind, word = entry
    for write in (vocab.to_urn, vocab.to_web_uri, vocab.to_curie):
        assert vocab.to_bare(kind, write(kind, word)) == word
        assert vocab.spellings(kind)[write(kind, word)] == word


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_any_text_is_either_known_or_unchanged(text: str) -> None:
    for kind in vocab.KINDS:
        bare = vocab.to_bare(kind, text)
        assert bare == text or vocab.is_term(kind, bare)
        assert vocab.to_bare(kind, bare) == bare


def test_words_of_the_older_edition_are_marked() -> None:
    assert vocab.editions() == ("1.2", "2.0")
    older = Counter(vocab.since(kind, word) for kind, word in _EVERY_WORD)
    assert older == {"1.2": 39 + 22 + 9 + 3 + 2, "2.0": 2 + 11 + 4 + 14 + 72 + 2}
    assert vocab.since("biz_step", "sampling") == "2.0"
    assert vocab.since("biz_step", "shipping") == "1.2"
    assert vocab.since("biz_step", "nonsense") is None
    assert not vocab.is_term("disposition", "available", edition="1.2")
    assert vocab.is_term("disposition", "available", edition="2.0")
    assert vocab.terms("biz_transaction_type", "1.2") == (
        "bol",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
    )
    assert vocab.terms("component", "1.2") == ()


def test_labels_are_for_people() -> None:
    assert vocab.label("biz_transaction_type", "desadv") == "Despatch Advice"
    assert vocab.label("disposition", "in_transit") == "in transit"
    assert vocab.label("disposition", "urn:example:disp:x") == "urn:example:disp:x"


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("biz_step", "Shiping", "shipping"),
        ("biz_step", "SHIPPING", "shipping"),
        ("biz_step", "sensor reporting", "sensor_reporting"),
        ("biz_step", "https://ref.gs1.org/cbv/Bizstep-sensor_reporting", "sensor_reporting"),
        ("biz_step", "urn:epcglobal:cbv:bizstep:comissioning", "commissioning"),
        ("disposition", "in-transit", "in_transit"),
        ("disposition", "non_sellable_expired", "expired"),
        ("measurement_type", "temperature", "Temperature"),
        ("biz_step", "", None),
        ("biz_step", "urn:example:something-else", None),
        ("biz_step", "shipping" * 50, None),
    ],
)
def test_suggestions(kind: vocab.Kind, text: str, word: str | None) -> None:
    assert vocab.suggest(kind, text) == word


def test_an_unknown_list_or_edition_is_a_misuse() -> None:
    with pytest.raises(ValueError, match=r"^Cannot look up CBV list 'colour': expected one of biz_step, ") as error:
        vocab.to_bare("colour", "red")  # type: ignore[arg-type]
    assert str(error.value) == f"Cannot look up CBV list 'colour': expected one of {', '.join(vocab.KINDS)}."
    with pytest.raises(ValueError, match=re.escape("Cannot look up CBV edition '3.0': expected one of 1.2, 2.0.")):
        vocab.terms("biz_step", "3.0")


def test_the_spellings_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        vocab.spellings("biz_step")["x"] = "y"  # type: ignore[index]


def test_nothing_is_read_at_import() -> None:
    code = "import sys, epcis_kit.vocab; print('tomllib' in sys.modules, 'difflib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_the_examples_of_the_module_are_true() -> None:
    assert doctest.testmod(vocab).attempted > 0
    assert doctest.testmod(vocab).failed == 0


@pytest.mark.conformance
def test_the_lists_agree_with_the_published_vocabulary(shared: Path) -> None:
    with (shared / "conformance" / "standards" / "cbv_vocab.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert Counter(_CLASSES[row["class"]] for row in rows) == _SIZES
    for row in rows:
        kind, bare = _CLASSES[row["class"]], row["bare"]
        assert vocab.is_term(kind, bare)
        assert vocab.to_urn(kind, bare) == (row["urn"] if row["urn"] != "-" else bare)
        spelled = vocab.to_curie if row["web_uri"].startswith("gs1:") else vocab.to_web_uri
        assert spelled(kind, bare) == row["web_uri"]
        if row["label"]:
            assert vocab.label(kind, bare) == row["label"]
