"""Reports for programs: one JSON object, or one line for each finding.

Takes reports; gives text. Guarantees: the form is that of ``schemas/json/report.schema.json``, and names are only ever
added to it; letters stay as they are; a line of the JSONL form can be used without the others, because it says which
file it is about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.findings.report import Report

__all__ = ["to_json", "to_jsonl"]


def to_json(report: Report, language: str = "en", *, indent: int | None = 2) -> str:
    """The report as one JSON object."""
    return json.dumps(report.as_dict(language), ensure_ascii=False, indent=indent)


def to_jsonl(reports: Iterable[Report], language: str = "en") -> str:
    """A line for each finding, and after those of a document a line that sums it up."""
    return "".join(f"{line}\n" for report in reports for line in _lines(report, language))


def _lines(report: Report, language: str) -> Iterator[str]:
    plain = report.as_dict(language)
    name = {} if report.file is None else {"file": report.file}
    for finding in plain.pop("findings"):
        yield json.dumps({"type": "finding", **name, **finding}, ensure_ascii=False)
    for finding in plain.pop("accepted", ()):
        yield json.dumps({"type": "accepted", **name, **finding}, ensure_ascii=False)
    yield json.dumps({"type": "summary", **plain}, ensure_ascii=False)
