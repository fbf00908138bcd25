"""The tables of a recall, for people who sort and filter: affected things, consignees, shipments, gaps.

Takes a dossier; gives sheets of plain rows, CSV text or an XLSX file. Guarantees: every affected thing is one row,
every shipment and thing is one row; a cell that a spreadsheet would take for a formula is escaped; the order is the
dossier's.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.trace.recall.desk import Dossier

__all__ = ["as_csv", "as_xlsx", "sheets"]

_AFFECTED: Final = (
    "level", "key", "product", "product name", "state", "place", "holder", "in", "disposition", "quantity", "seen",
    "event", "time",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def sheets(dossier: Dossier) -> dict[str, list[list[Any]]]:
    """Rows by sheet, the first row of each being its header."""
    affected: list[list[Any]] = [list(_AFFECTED)]
    for one in dossier.affected:
        amounts = "; ".join(f"{amount} {uom}".strip() for uom, amount in sorted(one.quantity.items()))
        affected.append(
            [
                one.level,
                one.key,
                one.product or "",
                one.product_name or "",
                one.state,
                one.location or "",
                one.holder or "",
                " < ".join(one.containers),
                one.disposition or "",
                amounts,
                "observed" if one.observed else "inferred",
                one.event_id or "",
                "" if one.time is None else str(one.time),
            ]
        )
    consignees: list[list[Any]] = [["key", "name", "contact", "address", "shipments", "held", "lots"]]
    shipments: list[list[Any]] = [["consignee", "name", "time", "thing", "documents", "from", "event"]]
    for party in dossier.consignees:
        reach, address = ("; ".join(values.values()) for values in (party.contact, party.address))
        consignees.append(
            [party.key, party.name or "", reach, address, len(party.shipments), len(party.holds), "; ".join(party.lots)]
        )
        for shipment in party.shipments:
            papers = "; ".join(f"{kind} {number}".strip() for kind, number in shipment.documents)
            rest = [papers, "; ".join(shipment.origin), shipment.event_id]
            shipments += [[party.key, party.name or "", str(shipment.time), thing, *rest] for thing in shipment.things]
    scope: list[list[Any]] = [["what", "value"], ["reason", dossier.reason]]
    scope += [["start", f"{start.key} ({start.why})"] for start in dossier.scope.starts]
    scope += [["unknown", key] for key in dossier.scope.unknown]
    scope += [["gap", gap] for gap in dossier.gaps]
    scope += [
        ["completeness", f"{dossier.completeness:.1%}"],
        ["months", ", ".join(dossier.over_recall.months)],
        ["made in these months", dossier.over_recall.made],
        ["affected of them", dossier.over_recall.affected],
        ["not to be recalled", dossier.over_recall.avoided],
    ]
    return {"Scope": scope, "Affected": affected, "Consignees": consignees, "Shipments": shipments}


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _rows(rows: list[list[Any]]) -> Iterator[list[Any]]:
    return ([_safe(value) for value in row] for row in rows)


def as_csv(dossier: Dossier, sheet: str) -> str:
    """One sheet as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_rows(sheets(dossier)[sheet]))
    return text.getvalue()


def as_xlsx(dossier: Dossier) -> bytes:
    """All sheets as one XLSX file.

    Raises:
        MissingExtraError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
        from openpyxl.utils import get_column_letter  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("Writing a spreadsheet", "xlsx") from None
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets(dossier).items():
        page = book.create_sheet(name)
        for row in _rows(rows):
            page.append(row)
        page.freeze_panes = "A2"
        page.auto_filter.ref = f"A1:{get_column_letter(len(rows[0]))}{len(rows)}"
        for place, title in enumerate(rows[0], 1):
            width = max([len(str(title)), *(len(str(row[place - 1])) for row in rows[1:200])])
            page.column_dimensions[get_column_letter(place)].width = min(60, width + 2)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
