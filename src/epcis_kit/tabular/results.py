"""What a run over a table gives: events with where they come from, and rows that could not be used.

Takes nothing; gives the values that :class:`~epcis_kit.tabular.TableRun` yields. Guarantees: each rejected row comes
out once, with its cells as they were read, so that it can be written down, mended and run again alone.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from epcis_kit.findings import Finding
    from epcis_kit.model import Event

__all__ = ["Made", "Rejected", "Settled"]


class Made(NamedTuple):
    """An event and where it comes from.

    Attributes:
        event: The event.
        first_row: Number of the first row that it was made of.
        last_row: Number of the last one.
        row_count: How many rows.
        plan: What in the mapping made it: ``"event 2"``, ``"levels.aggregate 1"``.
    """

    event: Event
    first_row: int
    last_row: int
    row_count: int
    plan: str


@dataclasses.dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be used.

    Attributes:
        row: Its number.
        cells: Its cells in the order of the header; ``None`` where it could not be taken apart.
        findings: What is wrong with it.
        whole: True where nothing is wrong with the row alone, but with its group.
    """

    row: int
    cells: list[str] | None
    findings: tuple[Finding, ...]
    whole: bool = False


class Settled(NamedTuple):
    """Counts of the rows before :attr:`TableRun.resume_row`."""

    rows: int = 0
    used: int = 0
    rejected: int = 0
    filtered: int = 0
