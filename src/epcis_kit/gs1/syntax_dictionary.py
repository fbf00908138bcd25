"""Reads the GS1 Barcode Syntax Dictionary as it is published, and turns it into this project's own table of facts.

Takes the text of any edition of the dictionary; gives the same facts as the text of a data file that
:meth:`epcis_kit.gs1.application_identifiers.AiTable.loads` reads. So a newer edition can be used on the day it appears,
without a new release of this library, and ``schemas/gs1_application_identifiers.json`` is made by this module:
``python -m epcis_kit.gs1.syntax_dictionary DICTIONARY.txt > schemas/gs1_application_identifiers.json``.

Two facts are not written in the dictionary and are added here from the GS1 General Specifications: for the identifiers
31nn to 36nn and 390n to 395n the last digit counts the decimals, and the unit of a measure is what the data title has
in brackets. Comments of the dictionary are not carried over.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from epcis_kit.errors import IdentifierError

__all__ = ["convert", "main"]

_WHAT = "GS1 syntax dictionary"
_RELEASE = re.compile(r"^#\s*Release:\s*(\S+)", re.MULTILINE)
_RANGE = re.compile(r"([0-9]{2,4})(?:-([0-9]{2,4}))?")
_PART = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]{1,2})\]?((?:,[a-z0-9]+)*)")
_FLAGS = re.compile(r"[^A-Za-z0-9\[]+")
_UNIT = re.compile(r"\((.+)\)")
_DECIMAL_PREFIXES = frozenset(("31", "32", "33", "34", "35", "36", "39"))


def _part(word: str) -> dict[str, Any] | None:
    found = _PART.fullmatch(word)
    if found is None:
        return None
    optional, letter, up_to, length, checks = found.groups()
    part: dict[str, Any] = {"set": letter, "length": [1, int(length)] if up_to else int(length)}
    if optional:
        part["optional"] = True
    if checks:
        part["checks"] = checks[1:].split(",")
    return part


def _entry(line: str) -> dict[str, Any] | None:
    facts, _, title = line.partition("#")
    words = facts.split()
    if not words:
        return None
    found = _RANGE.fullmatch(words[0])
    if found is None:
        raise IdentifierError(_WHAT, line, expected="an application identifier or a range at the start of the line")
    first, last = found.groups()
    entry: dict[str, Any] = {"ai": first}
    if last:
        entry["to"] = last
    if title.strip():
        entry["title"] = title.strip()
    parts: list[dict[str, Any]] = []
    needs: list[list[str]] = []
    for word in words[1:]:
        part = _part(word)
        name, _, value = word.partition("=")
        if part is not None:
            parts.append(part)
        elif name == "req":
            needs.append(value.split(","))
        elif name == "ex":
            entry["excludes"] = entry.get("excludes", []) + value.split(",")
        elif name == "dlpkey":
            entry["link_key"] = [chain.split(",") if chain else [] for chain in value.split("|")]
        elif _FLAGS.fullmatch(word):
            if "*" in word:
                entry["predefined_length"] = True
            if "?" in word:
                entry["link_attribute"] = True
        else:
            raise IdentifierError(_WHAT, line, expected="components, flags, req=, ex= or dlpkey", got=repr(word))
    entry["parts"] = parts
    if needs:
        entry["needs"] = needs
    if last and len(first) == 4 and first[:2] in _DECIMAL_PREFIXES and first[3] == "0":
        entry["decimals_in_last_digit"] = True
        unit = _UNIT.search(title)
        if unit is not None:
            entry["unit"] = unit[1]
    return entry


def convert(text: str) -> str:
    """The facts of a published dictionary as the text of our own data file: JSON, one entry a line.

    Args:
        text: The whole dictionary, as ``gs1-syntax-dictionary.txt`` has it.

    Raises:
        IdentifierError: A line is not understood.
    """
    release = _RELEASE.search(text)
    entries = [entry for line in text.splitlines() if (entry := _entry(line)) is not None]
    head = {"of": "GS1 Barcode Syntax Dictionary", "edition": release[1] if release else "unknown"}
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    return json.dumps(head)[:-1] + f', "identifiers": [\n{lines}\n]}}\n'


def main(arguments: list[str]) -> int:
    """Writes the converted dictionary named in ``arguments`` to standard output; answers the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m epcis_kit.gs1.syntax_dictionary DICTIONARY.txt\n")
        return 2
    sys.stdout.write(convert(Path(arguments[0]).read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
