"""The recall desk on the story: scope, affected things, consignees, notices, tables, the case file."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import IdentifierError, QueryError
from epcis_kit.model import ObjectEvent, Timestamp
from epcis_kit.store import Store, open_store
from epcis_kit.trace import contents_at, trace_forward
from epcis_kit.trace.recall import Case, Response, ScopeRequest, find_scope, notice, read_case, recall, response_event
from epcis_kit.trace.recall.packet import as_csv, as_xlsx, sheets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from epcis_kit.trace.recall import Dossier

LOT = "https://id.gs1.org/01/09521201100012/10/S-0502"
SHOP = "https://id.gs1.org/417/9521204000005"
NOW = Timestamp.parse("2025-05-16T08:00:00Z")


@pytest.fixture(scope="module")
def story(repository: Path) -> Iterator[Store]:
    import epcis_kit as ek  # noqa: PLC0415

    folder = repository / "examples" / "story"
    farm = ek.convert_table(folder / "farm.csv", folder / "farm.yaml")
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture(ek.write(farm.events()))
        for name in ("plant.xml", "distributor.xml", "retailer.json"):
            store.capture(folder / name)
        yield store


@pytest.fixture(scope="module")
def dossier(story: Store) -> Dossier:
    return recall(story, ScopeRequest(keys=(LOT,), reason="Salmonella"))


def test_affected_is_what_a_trace_reaches(story: Store, dossier: Dossier) -> None:
    assert {one.key for one in dossier.affected} == {LOT, *trace_forward(story, LOT).keys}
    assert dossier.counts() == {
        "container": {"in stock": 8, "under way": 1},
        "lot": {"in stock": 2, "used": 3},
        "object": {"in stock": 86, "sold": 21, "under way": 7},
    }
    assert dossier.frontier
    assert dossier.completeness == 0.5
    assert dossier.gaps == (
        "Of 7 affected things no event says where they are.",
        "Of 30 affected things no event says who has them.",
    )


def test_units_in_containers_are_inferred_and_loose_ones_observed(dossier: Dossier) -> None:
    seen = {(bool(one.containers), one.observed) for one in dossier.affected if one.level == "object"}
    assert (True, False) in seen
    assert (False, True) in seen


def test_a_recall_of_the_month_would_take_more(dossier: Dossier) -> None:
    over = dossier.over_recall
    assert over.months == ("2025-05",)
    assert 0 < over.affected < over.made
    assert over.avoided == over.made - over.affected


def test_consignees_have_their_shipments_and_lots(dossier: Dossier) -> None:
    shop = dossier.consignees[0]
    assert (shop.key, shop.name) == (SHOP, "Corner Market (demo)")
    assert len(shop.shipments) == 4
    assert {kind for one in shop.shipments for kind, _ in one.documents} == {"desadv", "po"}
    assert "https://id.gs1.org/01/09521202200018/10/ST-0506" in shop.lots


def test_a_pallet_stands_for_what_is_in_it(story: Store, dossier: Dossier) -> None:
    pallet = next(one.key for one in dossier.affected if one.level == "container" and contents_at(story, one.key).keys)
    scope = find_scope(story, ScopeRequest(keys=(pallet,)))
    assert scope.containers == (pallet,)
    assert {start.key for start in scope.starts} == set(contents_at(story, pallet).keys)
    assert {start.why for start in scope.starts} == {f"inside {pallet}"}


def test_a_window_and_a_place_are_a_scope(story: Store) -> None:
    request = ScopeRequest(
        conditions={
            "GE_eventTime": "2025-05-06T00:00:00Z",
            "LT_eventTime": "2025-05-07T00:00:00Z",
            "EQ_bizStep": "creating_class_instance",
        }
    )
    scope = find_scope(story, request)
    assert {start.why for start in scope.starts} <= {f"made by {name}" for name in scope.events}
    assert len(scope.events) >= 1


def test_serial_numbers_are_a_scope(story: Store) -> None:
    first, last = (f"https://id.gs1.org/01/09521202200018/21/1000{end}" for end in ("11", "20"))
    scope = find_scope(story, ScopeRequest(serials=(first, last)))
    assert [start.key for start in scope.starts] == [
        f"https://id.gs1.org/01/09521202200018/21/1000{number}" for number in range(11, 21)
    ]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (ScopeRequest(), "Cannot find the scope of a recall: expected a key, conditions or a range of serial numbers."),
        (ScopeRequest(serials=(LOT, LOT)), "expected two objects of one product whose serial numbers end in digits."),
        (
            ScopeRequest(
                serials=(
                    "https://id.gs1.org/01/09521202200018/21/100020",
                    "https://id.gs1.org/01/09521202200018/21/100011",
                )
            ),
            "the lower one first, and at most 1,000,000 of them.",
        ),
        (ScopeRequest(conditions={"EQ_colour": "red"}), "expected the name of a SimpleEventQuery parameter"),
    ],
)
def test_what_is_no_scope(story: Store, request_: ScopeRequest, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        find_scope(story, request_)
    assert message in str(caught.value)


def test_an_unknown_key_is_told_with_near_ones(story: Store) -> None:
    found = recall(story, ScopeRequest(keys=("https://id.gs1.org/01/09521201100012/10/S-0520",)))
    assert found.affected == ()
    assert found.scope.unknown == ("https://id.gs1.org/01/09521201100012/10/S-0520",)
    assert LOT[:-1] in {key[:-1] for key in found.scope.near[found.scope.unknown[0]]}
    with pytest.raises(IdentifierError):
        recall(story, ScopeRequest(keys=("hello",)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_notices(dossier: Dossier, language: Any) -> None:
    regulator = notice(dossier, "regulator", language=language)
    assert "Salmonella" in regulator
    assert "Corner Market (demo)" in regulator
    partner = notice(dossier, "partner", partner=SHOP, language=language)
    assert "Corner Market (demo)" in partner
    others = [one.name for one in dossier.consignees if one.key != SHOP and one.name]
    assert not [name for name in others if name in partner]
    public = notice(dossier, "public", language=language)
    assert "(01)09521202200018(10)ST-0506" in public
    assert "Corner Market" not in public
    assert "(21)" not in public
    assert "{" not in regulator + partner + public


def test_a_partner_sees_only_its_own_lots(dossier: Dossier) -> None:
    lots = {lot for one in dossier.consignees for lot in one.lots}
    for one in dossier.consignees:
        text = notice(dossier, "partner", partner=one.key)
        for lot in lots - set(one.lots):
            serial = lot.rpartition("/10/")
            if serial[1]:
                assert f"(10){serial[2]}" not in text
    with pytest.raises(QueryError):
        notice(dossier, "partner", partner="urn:x:nobody")


def test_tables_have_a_row_a_thing_and_no_formulas(dossier: Dossier) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(dossier, "Affected"))))
    assert len(rows) == len(dossier.affected) + 1
    assert {len(row) for row in rows} == {13}
    assert sheets(dossier)["Scope"][1] == ["reason", "Salmonella"]
    evil = as_csv(recall_with_reason(dossier, "=HYPERLINK(1)"), "Scope")
    assert "'=HYPERLINK(1)" in evil


def recall_with_reason(dossier: Dossier, reason: str) -> Dossier:
    import dataclasses  # noqa: PLC0415

    return dataclasses.replace(dossier, reason=reason)


def test_a_spreadsheet_has_all_tables(dossier: Dossier) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra 'xlsx' is not installed")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(dossier)))
    assert book.sheetnames == ["Scope", "Affected", "Consignees", "Shipments"]
    assert book["Affected"].max_row == len(dossier.affected) + 1


@pytest.fixture
def case(dossier: Dossier) -> Case:
    return Case.opened("7", dossier, who="quality manager", time=NOW)


def test_a_case_goes_on_and_is_read_again(case: Case) -> None:
    later = Timestamp.parse("2025-05-16T09:00:00Z")
    case = case.moved("notified", who="recall team", time=later, reason="by phone")
    case = case.answered(Response(SHOP, "notified"), who="recall team", time=later)
    before = case.progress()
    assert (before["notified"], before["responded"], before["accounted"]) == (1, 0, 0)
    case = case.answered(Response(SHOP, "quarantined"), who="store manager", time=later)
    after = case.progress()
    assert (after["responded"], after["effectiveness"], after["by_answer"]) == (1, 1.0, {"quarantined": 72})
    assert after["accounted"] == 51
    assert len(after["unaccounted"]) == after["to_recover"] - 51
    again = read_case(case.to_json())
    assert (again.number, again.state, again.log, again.flaws()) == ("7", "notified", case.log, ())
    assert again.progress() == after


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (lambda plain: plain["log"][1].update(text="by mail"), "Entry 2 was changed."),
        (lambda plain: plain["log"].pop(1), "Entry 2 does not follow the one before it."),
        (
            lambda plain: plain["dossier"].update(reason="nothing"),
            "The dossier is not the one that the case was opened with.",
        ),
    ],
)
def test_a_changed_case_shows(case: Case, change: Any, flaw: str) -> None:
    case = case.noted("decision", "by phone", who="a", time=NOW).noted("decision", "more", who="b", time=NOW)
    plain = json.loads(case.to_json())
    change(plain)
    assert flaw in read_case(json.dumps(plain)).flaws()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda case: case.moved("sleeping", who="a", time=NOW), "Cannot move the case to 'sleeping'"),
        (lambda case: case.moved("open", who="a", time=NOW), "Cannot move the case to 'open': it is 'open' already."),
        (lambda case: case.noted("decision", "x", who=" ", time=NOW), "expected who does it"),
        (
            lambda case: case.noted("decision", "x", who="a", time=Timestamp.parse("2020-01-01T00:00:00Z")),
            "expected a time not before",
        ),
        (
            lambda case: case.answered(Response("urn:x:nobody", "sold"), who="a", time=NOW),
            "it is no consignee of this case.",
        ),
        (
            lambda case: case.answered(Response(SHOP, "eaten"), who="a", time=NOW),  # type: ignore[arg-type]
            "Cannot note answer 'eaten'",
        ),
        (
            lambda case: case.answered(Response(SHOP, "sold", ("urn:x:other",)), who="a", time=NOW),
            "it is not affected in this case.",
        ),
    ],
)
def test_what_a_case_refuses(case: Case, act: Any, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        act(case)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": "other"}', '{"form": "epcis-kit recall case", "log": [1]}'])
def test_what_is_no_case_file(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_case(text)
    assert str(caught.value) == "Cannot read the case: expected a case file of epcis-kit."


def test_an_answer_becomes_an_event_where_there_is_a_word() -> None:
    item = "https://id.gs1.org/01/09521202200018/21/100011"
    event = response_event(Response(SHOP, "destroyed", (item,)), time=NOW, offset="+02:00", place="urn:x:place")
    assert isinstance(event, ObjectEvent)
    assert (event.action, event.biz_step, event.disposition) == ("DELETE", "destroying", "destroyed")
    assert event.persistent_disposition is not None
    assert event.persistent_disposition.set == ("recalled",)
    assert response_event(Response(SHOP, "acknowledged", (item,)), time=NOW, offset="+02:00") is None
