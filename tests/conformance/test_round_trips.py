"""Every published example through every chain of formats: equal events, equal documents."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import epcis_kit as ek
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.conformance

CAPTURE_JOBS = 4
UNREADABLE = 2  # an example whose destinationList is an object, and one without schemaVersion


def manifest(shared: Path) -> list[dict[str, str]]:
    with (shared / "conformance" / "examples" / "MANIFEST.tsv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_every_valid_example_is_read_and_the_others_get_a_clear_error(shared: Path) -> None:
    jobs: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for row in manifest(shared):
        try:
            ek.read(shared / "conformance" / "examples" / row["path"])
        except DocumentError as error:
            (jobs if row["root"] == "EPCISCaptureJob" else others).append((row["verdict"], str(error)))
    assert len(jobs) == CAPTURE_JOBS
    assert all("expected EPCISDocument, EPCISQueryDocument or EPCISMasterDataDocument" in text for _, text in jobs)
    assert [verdict for verdict, _ in others] == ["invalid"] * UNREADABLE


@pytest.mark.parametrize(
    "chain", [("json",), ("xml",), ("xml", "json"), ("json", "xml"), ("json", "xml", "json")], ids=str
)
def test_every_chain_of_formats_gives_equal_documents(shared: Path, chain: tuple[str, ...]) -> None:
    count = 0
    for row in manifest(shared):
        try:
            document = ek.read(shared / "conformance" / "examples" / row["path"])
        except DocumentError:
            continue
        again = document
        for form in chain:
            again = ek.read(ek.write(again, format=form))  # type: ignore[arg-type]
        assert again.events == document.events, row["path"]
        assert again.header == document.header, row["path"]
        count += 1
    assert count == 135
