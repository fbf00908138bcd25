"""What a table says about itself: kinds of values, roles of columns, and the mapping that follows."""

from __future__ import annotations

import io

import pytest

from epcis_kit.errors import DocumentError
from epcis_kit.tabular import convert_table, load_mapping, open_rows
from epcis_kit.tabular.proposal import propose
from epcis_kit.tabular.proposal_columns import look_at
from epcis_kit.tabular.proposal_words import folded, role_scores


def best_role(header: str) -> str:
    scores = role_scores(header)
    return max(scores, key=lambda role: scores[role], default="")


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("(1) TLC - GTIN", "gtin"),
        ("Chargen-Nr.", "lot"),
        ("Ship-To Location ID**", "ship_to"),
        ("ShipFromGLN", "ship_from"),
        ("原料批次号", "lot"),
        ("到货日期", "time"),
        ("采购订单号", "po"),
        ("N° de lot", "lot"),
        ("Fecha de caducidad", "expiry"),
        ("Bon de livraison", "desadv"),
        ("VFDAT", "expiry"),
        ("Mindesthaltbarkeit", "expiry"),
        ("Temperatur °C", "temperature"),
        ("eventTime", "time"),
        ("case_sn", "case_serial"),
    ],
)
def test_headers_of_five_languages_are_understood(header: str, role: str) -> None:
    assert best_role(header) == role


def test_headers_are_compared_without_accents_and_signs() -> None:
    assert folded("Chargen-Nr.") == folded("chargen nr") == "chargen nr"
    assert folded("Prüfbericht N°") == "prufbericht n"


def test_dates_of_several_forms_are_covered_by_few_formats() -> None:
    look = look_at("Date", ["21/05/2025", "05/06/2025", "2025-06-01", "-"], speaks_of_time=True)
    assert (look.formats, look.doubt) == (("dd/MM/yyyy", "iso"), "")


def test_a_day_that_could_be_a_month_is_a_doubt() -> None:
    look = look_at("Date", ["01/05/2025", "05/06/2025"], speaks_of_time=True)
    assert look.doubt == "day or month first? Every value fits dd/MM/yyyy and MM/dd/yyyy."


def test_keys_are_known_by_their_check_digits() -> None:
    assert "gtin" in look_at("x", ["09521201100012", "09521211000203"], speaks_of_time=False).kinds
    assert "gtin" not in look_at("x", ["09521201100013", "09521211000204"], speaks_of_time=False).kinds
    assert "sscc" in look_at("x", ["095212010000001012"], speaks_of_time=False).kinds


def propose_text(text: str) -> str:
    return propose(open_rows(io.BytesIO(text.encode()))).text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            "Wareneingang;Lieferant;GTIN;Charge;Menge;ME\n12.01.2026 08:00;9521212000011;09521212000103;M1;12,5;kg\n",
            ["bizStep: receiving", 'decimal: ","', 'sourceList: [{type: possessing_party, id: "{ship_from|pgln}"}]'],
        ),
        (
            "发货日期,客户,商品条码,批号,数量\n2026-01-12,9521215000018,09521212000103,M1,12\n",
            [
                "bizStep: shipping",
                'date_only: "12:00"',
                'destinationList: [{type: possessing_party, id: "{ship_to|pgln}"}]',
            ],
        ),
        (
            (
                "Ordre de fabrication,Sens,Code article,Lot,Quantité\nOF-1,entree,09521212000103,M1,5\n"
                "OF-1,sortie,09521213001178,B1,50\n"
            ),
            ["type: TransformationEvent", "map: {entree: I, sortie: O}", "time: {const: EDIT, type: datetime}"],
        ),
        (
            "fecha,almacen,articulo,lote,cantidad\n12/13/2026,9521215000018,SKU-17,L1,4\n",
            ['formats: ["MM/dd/yyyy"]', "https://id.example/item/{gtin}/lot/{lot}", "bizStep: inspecting"],
        ),
    ],
    ids=["german", "chinese", "french", "spanish"],
)
def test_a_table_gives_a_mapping_of_its_story(table: str, words: list[str]) -> None:
    text = propose_text(table)
    for word in words:
        assert word in text


def test_a_proposal_without_edits_runs_as_it_is() -> None:
    table = b"eventtime,gtin,lot,qty,site gln\n2026-01-05T10:00:00Z,09521211000203,L1,5,9521213000010\n"
    proposal = propose(open_rows(io.BytesIO(table)))
    assert proposal.edits == ()
    import yaml  # noqa: PLC0415 - as a user's program would

    run = convert_table(io.BytesIO(table), load_mapping(yaml.safe_load(proposal.text)))
    (event,) = run.events()
    assert event.read_point is not None
    assert event.read_point.id == "https://id.gs1.org/414/9521213000010"


def test_a_sheet_of_fresh_produce_is_understood_under_its_legal_text() -> None:
    table = (
        "Template of the trade, provided as is; fields with ** are optional;;;;;;\n"
        "(1) TLC - GTIN;TLC - Batch;(2) Qty & UOM;Ship-To Location ID**;Ship-From Location ID**;(6) Ship Date;"
        "(7) TLC Source Reference GLN\n"
        "19521216000113;LE-1;10 CS;9521215000018;9521216000017;03 25 2026;9521216000017\n"
    )
    proposal = propose(open_rows(io.BytesIO(table.encode())))
    assert len(proposal.edits) == 1
    assert '"own:tlcSource": "https://id.gs1.org/414/{tlcSource}"' in proposal.text
    assert "the header stands in row 2" in proposal.text
    assert proposal.unused == ()


def test_columns_that_are_not_used_are_listed() -> None:
    proposal = propose(open_rows(io.BytesIO(b"date,gtin,colour\n2026-01-05,09521211000203,red\n")))
    assert proposal.unused == ("colour",)
    assert "#   colour: 'red'" in proposal.text


def test_a_table_without_rows_gives_no_proposal() -> None:
    with pytest.raises(DocumentError) as raised:
        propose(open_rows(io.BytesIO(b"date,gtin\n")))
    assert "expected some rows to look at" in str(raised.value)
