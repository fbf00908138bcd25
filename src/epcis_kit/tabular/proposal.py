"""A mapping proposed from a table: what ``epcis-kit map init`` writes.

Takes a table as :func:`~epcis_kit.tabular.open_rows` reads it; gives the text of a mapping with comments that say why
each line is there. Guarantees: nothing is invented: what a table cannot say (the GLN of your site, the time zone of
its clock) stands as ``EDIT`` and the mapping does not run until it is filled in; what is likely but not sure is marked
``CHECK``; every column is either used or listed as not used; the same table gives the same text.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError
from epcis_kit.findings import Location
from epcis_kit.tabular.proposal_columns import NULL_WORDS, ColumnLook, direction_words, look_at
from epcis_kit.tabular.proposal_events import Story, story_of
from epcis_kit.tabular.proposal_words import ROLES, role_scores, speaks_of_time

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EDIT", "Proposal", "propose"]

EDIT: Final = "EDIT"
"""What stands where only the user knows."""

_ROWS: Final = 1000
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*").fullmatch
_ZONED: Final = re.compile(r".*[0-9](?:Z|[+-][0-9]{2}:?[0-9]{2})").fullmatch
_PLACES: Final = frozenset({"ship_from", "ship_to", "site", "tlcSource"})
_RESERVED: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_TYPES: Final = {
    "gtin": "gtin", "case_gtin": "gtin", "gln": "gln", "sscc": "sscc", "lot": "lot", "serial": "serial",
    "case_serial": "serial",
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        text: YAML with comments.
        edits: What only the user knows, in the order of the text; the mapping runs when each is filled in.
        checks: What is likely but not sure.
        unused: Columns that no event uses.
    """

    text: str
    edits: tuple[str, ...]
    checks: tuple[str, ...]
    unused: tuple[str, ...]


def propose(rows: Any, *, name: str = "my-table") -> Proposal:
    """A mapping for a table.

    Args:
        rows: What :func:`~epcis_kit.tabular.open_rows` gives: rows with ``header`` and ``info``.
        name: The id that the mapping gets.

    Raises:
        DocumentError: The table has no row.
    """
    cells = [row for _, row, fault in itertools.islice(rows, _ROWS) if row is not None and fault is None]
    header = list(rows.header)
    if not cells:
        raise DocumentError(
            "this table has a header and no row: expected some rows to look at", Location(file=rows.info.name)
        )
    looks = [
        look_at(
            title,
            [row[number] if number < len(row) else "" for row in cells],
            speaks_of_time=speaks_of_time(title),
        )
        for number, title in enumerate(header)
        if title.strip()
    ]
    roles = _roles(looks)
    nulls = sorted({text.strip() for row in cells for text in row if text.strip().casefold() in NULL_WORDS})
    return _Writer(looks, roles, rows.info, nulls, name).proposal()


def _roles(looks: list[ColumnLook]) -> dict[str, ColumnLook]:
    """Each role with its column: the best pairs of header and values first, no column twice."""
    pairs = []
    for order, look in enumerate(looks):
        if not look.kinds:
            continue
        scores = role_scores(look.name)
        for role, (kinds, _) in ROLES.items():
            fits = next((len(kinds) - place for place, kind in enumerate(kinds) if kind in look.kinds), 0)
            if fits and role in scores:
                pairs.append((scores[role] + 2 * fits + _likely(role, look), -order, role, look))
            elif role in _BY_VALUES and _BY_VALUES[role] in look.kinds:
                pairs.append((1.0, -order, role, look))
    found: dict[str, ColumnLook] = {}
    taken: set[str] = set()
    for _, _, role, look in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        if role not in found and look.name not in taken:
            found[role] = look
            taken.add(look.name)
    return found


_BY_VALUES: Final = {"sscc": "sscc", "gtin": "gtin", "site": "gln", "epc": "epc", "scan": "scan", "time": "datetime"}
"""Roles that values alone can tell, where no header does."""


def _likely(role: str, look: ColumnLook) -> float:
    """A key where a key is wanted counts more than a word in the header."""
    if role in _PLACES and "gln" in look.kinds:
        return 8.0
    if role in {"gtin", "sscc"} and role in look.kinds:
        return 12.0
    if role == "scan" and "scan" in look.kinds:
        return 12.0
    if role == "epc" and look.is_("epc", "hex"):
        return 12.0
    if role == "time" and "datetime" in look.kinds:
        return 4.0
    return 0.0


class _Writer:
    """Writes the text, gathers what is left to the user."""

    def __init__(
        self, looks: list[ColumnLook], roles: dict[str, ColumnLook], info: Any, nulls: list[str], name: str
    ) -> None:
        self._looks = looks
        self.roles = roles
        self._info = info
        self._nulls = nulls
        self._name = name
        self.edits: list[str] = []
        self.checks: list[str] = []
        self._used: set[str] = set()

    def proposal(self) -> Proposal:
        story = story_of(self.roles, [look.name for look in self._looks])
        wanted = story.roles(self.roles)
        source = self._source()
        defaults = self._defaults(wanted)
        fields = self._fields(wanted, story)
        before = story.before(self.roles, self._mark)
        events = story.lines(self.roles, self._mark)
        unused = tuple(look.name for look in self._looks if look.name not in self._used)
        head = [f"# {line}" for line in self._summary(story)]
        body = [*head, "epcis_map: 1", f"id: {_scalar(self._name)}", "", *source, "", *defaults, ""]
        if story.needs_namespace(self.roles):
            body += [
                "namespaces:",
                f"  own: https://ns.example/epcis/   {self._check('your own namespace, a web address that you hold')}",
                "",
            ]
        body += [
            "# Named once, read and checked once for every row; events refer to them in braces.",
            "fields:",
            *fields,
        ]
        if unused:
            body += ["  # not used:", *(f"  #   {_scalar(name)}: {self._example(name)}" for name in unused)]
        body += ["", *before, "events:", *events]
        return Proposal("\n".join(body) + "\n", tuple(self.edits), tuple(self.checks), unused)

    # -- what is left to the user

    def _edit(self, what: str) -> str:
        self.edits.append(what)
        return f"# EDIT: {what}"

    def _check(self, what: str) -> str:
        self.checks.append(what)
        return f"# CHECK: {what}"

    def _mark(self, kind: str, what: str) -> str:
        return self._edit(what) if kind == "edit" else self._check(what)

    def _summary(self, story: Story) -> list[str]:
        name = (self._info.name or "a table").replace("\\", "/").rsplit("/", 1)[-1]
        lines = [f"Proposed from {name}: {story.sentence}."]
        if self.edits:
            lines.append(f"Fill in what is marked EDIT ({len(self.edits)}), look at what is marked CHECK, then try it:")
        else:
            lines.append("Look at what is marked CHECK, then try it:")
        lines.append("  epcis-kit csv TABLE out.json --map THIS_FILE --dry-run")
        return lines

    # -- the parts of the file

    def _source(self) -> list[str]:
        info = self._info
        pairs = [("format", info.format)]
        if info.format == "csv":
            pairs += [("delimiter", info.delimiter)] if info.delimiter not in {None, ","} else []
            encoding = (info.encoding or "utf-8").lower()
            pairs += [("encoding", info.encoding)] if encoding not in {"utf-8", "utf-8-sig", "ascii"} else []
        if getattr(info, "sheet", None):
            pairs.append(("sheet", info.sheet))
        lines = ["source:", *(f"  {name}: {_scalar(value)}" for name, value in pairs)]
        if (info.header_row or 1) > 1:
            names = [self.roles[role].name for role in self.roles][:2]
            lines.append(
                f"  header: {{find: [{', '.join(map(_scalar, names))}]}}   # the header stands in row {info.header_row}"
            )
        if self._nulls:
            lines.append(f'  "null": [{", ".join(map(_scalar, ["", *self._nulls]))}]   # these mean: nothing here')
        return lines

    def _defaults(self, wanted: Iterable[str]) -> list[str]:
        lines = ["defaults:"]
        time = self.roles.get("time")
        if time is None:
            lines.append(f"  tz: {EDIT}   {self._edit('the time zone of the table, such as Europe/Berlin or +02:00')}")
        elif not all(map(_ZONED, time.examples)):
            lines.append(
                f"  tz: {EDIT}   {self._edit('the time zone of these times, such as Europe/Berlin or +02:00')}"
            )
            if "datetime" not in time.kinds and not self._has_clock(wanted):
                lines.append(
                    f'  date_only: "12:00"   {self._check("the table has dates without a time; noon is taken")}'
                )
        comma = [self.roles[role].name for role in wanted if role in self.roles and self.roles[role].comma]
        if comma:
            lines.append(f'  decimal: ","   # as in {", ".join(map(_scalar, comma))}')
        return [*lines, "  ids: digital_link"]

    def _has_clock(self, wanted: Iterable[str]) -> bool:
        return "clock" in self.roles and "clock" in set(wanted)

    def _fields(self, wanted: list[str], story: Story) -> list[str]:
        made: list[tuple[str, str]] = []
        for role in wanted:
            look = self.roles.get(role)
            if look is not None:
                self._used.add(look.name)
                if role == "clock":
                    continue
                made.append((f"{role}: {{{self._entry(role, look)}}}", self._why(role, look)))
        if "time" not in self.roles:
            made.append((f"time: {{const: {EDIT}, type: datetime}}", self._edit("when it happened: no column says it")))
        if story.needs_site(self.roles):
            made.append(
                (
                    f"site: {{const: {EDIT}, type: gln}}",
                    self._edit("the GLN of the place where this happens, 13 digits"),
                )
            )
        made += story.extra_fields()
        width = min(max(len(entry) for entry, _ in made), 90)
        return [f"  {entry.ljust(width)}   {why}".rstrip() for entry, why in made]

    def _entry(self, role: str, look: ColumnLook) -> str:
        column = f"col: {_scalar(look.name)}"
        if role == "time" and "clock" in self.roles and "datetime" not in look.kinds:
            clock = self.roles["clock"]
            forms = [f"{form} HH:mm{seconds}" for form in look.formats for seconds in ("", ":ss")]
            return f'template: "{{{look.name}}} {{{clock.name}}}", type: datetime, formats: {_list(forms)}'
        if role in {"time", "expiry", "production", "harvest"}:
            kind = "datetime" if role == "time" else "date"
            plain = look.formats == ("iso",) or (kind == "date" and look.formats == ("yyyy-MM-dd",))
            return f"{column}, type: {kind}" + ("" if plain else f", formats: {_list(look.formats)}")
        if role == "direction":
            words = direction_words(list(look.examples))
            pairs = [f"{_scalar(word)}: {side}" for side, found in words.items() for word in found if word != side]
            return f"{column}, map: {{{', '.join(pairs)}}}" if pairs else column
        if role == "quantity" and look.is_("measure") and not look.is_("integer", "decimal"):
            return f"{column}, type: measure"
        if role in {"quantity", "temperature", "humidity", "pressure"}:
            return f"{column}, type: decimal"
        if role == "uom":
            return f"{column}, type: uom"
        if role == "scan" or (role == "epc" and "hex" in look.kinds):
            return f"{column}, type: scan"
        kind = _TYPES.get(role) or ("gln" if "gln" in look.kinds and role in _PLACES else "")
        if kind in {"gtin", "sscc", "gln"} and kind not in look.kinds:
            kind = ""
        return f"{column}, type: {kind}" if kind else column

    def _why(self, role: str, look: ColumnLook) -> str:
        share = next(
            (look.kinds[kind] for kind in ("gtin", "gln", "sscc") if kind in look.kinds and kind in _keyed(role)), None
        )
        if look.doubt:
            return self._check(look.doubt)
        if share is not None:
            if share == 1:
                return "# every check digit is right"
            return self._check(f"{share:.0%} of the values have a right check digit; the others will be rejected")
        if role in {"gtin", "case_gtin", "sscc"} or (
            role in {"ship_from", "ship_to", "site"} and "gln" not in look.kinds
        ):
            key = "GLN" if role in {"ship_from", "ship_to", "site"} else role.upper()
            return self._check(f"no {key}: such as {look.examples[0]!r}")
        return f"# such as {look.examples[0]!r}" if look.examples else ""

    def _example(self, name: str) -> str:
        look = next(look for look in self._looks if look.name == name)
        return ", ".join(map(repr, look.examples[:3])) or "empty"


def _keyed(role: str) -> tuple[str, ...]:
    return {"gtin": ("gtin",), "case_gtin": ("gtin",), "sscc": ("sscc",)}.get(
        role, ("gln",) if role in {"ship_from", "ship_to", "site"} else ()
    )


def _scalar(value: object) -> str:
    """A text as YAML writes it."""
    text = str(value)
    if _PLAIN(text) and text.lower() not in _RESERVED and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(item, ensure_ascii=False) for item in items)}]"
