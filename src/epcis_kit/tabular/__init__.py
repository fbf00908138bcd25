"""Legacy tables to EPCIS, by a mapping that anyone can read.

Takes a table (CSV so far) and a mapping file; gives events and findings, row by row. Guarantees: a wrong mapping fails
before the first row; a bad row becomes a finding with row, column, value and what was expected, and the other rows go
on; ``rows in = rows used + rows rejected``; nothing of a cell is repaired silently. There is no code in a mapping:
fields are pure functions of a row, events refer to fields in braces.
"""

from __future__ import annotations

from epcis_kit.tabular.convert import TableRun, convert_table
from epcis_kit.tabular.mapping import Mapping, load_mapping

__all__ = ["Mapping", "TableRun", "convert_table", "load_mapping"]
