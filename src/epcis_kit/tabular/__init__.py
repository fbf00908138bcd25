"""Legacy tables to EPCIS, by a mapping that anyone can read.

Takes a table (CSV, XLSX, JSON lines, rows of a database or a program) and a mapping file; gives events and findings,
row by row. Guarantees: a wrong mapping fails before the first row; a bad row becomes findings with row, column, value
and what was expected, and the other rows go on; ``rows in = rows used + rows rejected``; nothing of a cell is repaired
silently. There is no code in a mapping: fields are pure functions of a row, events refer to fields in braces.
"""

from __future__ import annotations

from epcis_kit.tabular.convert import TableRun, convert_table
from epcis_kit.tabular.explanation import Explanation, explain_row
from epcis_kit.tabular.lint import TestResult, lint_mapping, run_tests
from epcis_kit.tabular.mapping import Mapping, OnError, load_mapping
from epcis_kit.tabular.results import Made, Rejected, Settled
from epcis_kit.tabular.sources import Rows, SourceInfo, open_rows

__all__ = [
    "Explanation",
    "Made",
    "Mapping",
    "OnError",
    "Rejected",
    "Rows",
    "Settled",
    "SourceInfo",
    "TableRun",
    "TestResult",
    "convert_table",
    "explain_row",
    "lint_mapping",
    "load_mapping",
    "open_rows",
    "run_tests",
]
