"""The catalogue of rules: what each says in English and Chinese, read from ``schemas/rules``.

Takes the name of a catalogue file (``"core"``, ``"dscsa"``, …); gives :class:`Entry` values and rendered sentences.
Guarantees: files are read once, on first use, and the Chinese ones only when Chinese is asked for; the words of a
finding are put into its sentence as they are and are never read as a template; both languages have the same messages
with the same places for words (a test sees to it).
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import _resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from epcis_kit.findings import Layer, Severity
    from epcis_kit.validate.rules import Scope

__all__ = ["ALL_VERSIONS", "LANGUAGES", "Entry", "catalogue", "catalogues", "find_entry", "hint", "statement", "text"]

ALL_VERSIONS: Final = ("1.0", "1.1", "1.2", "2.0")
"""The versions of EPCIS that rules speak about."""

LANGUAGES: Final = ("en", "zh")
"""The languages the catalogue is written in."""

_FOLDER: Final = "schemas/rules"
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the catalogue says about one rule.

    Attributes:
        id: For example ``"EVT-003"``.
        catalogue: Name of the file it stands in, for example ``"core"``.
        severity: Severity of its findings where no profile says otherwise.
        partial: Severity while the document may be a part of the story; ``None`` where that makes no difference.
        layer: Kind of rule.
        scope: ``"event"`` where one event decides, ``"document"`` where several do, ``"repository"`` where the past
            must be known.
        versions: Versions of EPCIS that it is for.
        statement: What must hold, as a sentence.
        hint: What to do where it does not, as a sentence.
        source: Clause of the standard, or the experience it comes from.
        parameters: What a profile may set, with the values it has otherwise.
        messages: The sentences of its findings by key; ``{name}`` stands for a word.
        good: An event, events or a document that keeps the rule: JSON, or XML.
        bad: One that breaks it, and no other rule at error level.
        covers: Findings of the schema layer and of other rules that say the same; they are dropped where this rule has
            spoken.
        document: The example document that ``good`` is, where the example is a whole document of ``examples/``.
        change: What is different in ``bad`` then: pairs of old and new text.
        master_data: A table of master data that belongs to the examples.
        bad_master_data: The table for the bad example, where it is another one.
        earlier: A document that was taken before the bad example.
        partial_keys: The messages that ``partial`` is for; all of them where none is named.
        key_severity: Severity of single messages, where it differs from that of the rule.
        example_choices: What the examples are checked with: ``complete``, ``parameters``.
    """

    id: str
    catalogue: str
    severity: Severity
    layer: Layer
    scope: Scope
    statement: str
    hint: str
    source: str
    messages: Mapping[str, str]
    good: str = ""
    bad: str = ""
    partial: Severity | None = None
    versions: tuple[str, ...] = ALL_VERSIONS
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    covers: tuple[str, ...] = ()
    document: str = ""
    change: tuple[tuple[str, str], ...] = ()
    master_data: str = ""
    bad_master_data: str = ""
    earlier: str = ""
    partial_keys: tuple[str, ...] = ()
    key_severity: Mapping[str, Severity] = dataclasses.field(default_factory=dict)
    example_choices: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@functools.cache
def catalogues() -> tuple[str, ...]:
    """The names of all catalogue files, ``core`` first."""
    names = sorted(path.stem for path in _resources.data_path(_FOLDER).glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != "core"))


@functools.cache
def catalogue(name: str) -> Mapping[str, Entry]:
    """The entries of one file by rule id, in the order of the file.

    Raises:
        FileNotFoundError: There is no such file.
    """
    table = tomllib.loads(_resources.read_text(f"{_FOLDER}/{name}.toml"))
    return {rule_id: _entry(rule_id, name, row) for rule_id, row in table.items()}


def _entry(rule_id: str, name: str, row: dict[str, Any]) -> Entry:
    examples = row.get("examples", {})
    document, change = examples.get("document", ""), tuple((old, new) for old, new in examples.get("change", ()))
    return Entry(
        id=rule_id,
        catalogue=name,
        severity=row["severity"],
        partial=row.get("partial"),
        layer=row["layer"],
        scope=row.get("scope", "event"),
        versions=tuple(row.get("versions", ALL_VERSIONS)),
        statement=row["statement"],
        hint=row["hint"],
        source=row.get("source", ""),
        parameters=row.get("parameters", {}),
        messages=row.get("messages", {}),
        covers=tuple(row.get("covers", ())),
        good=_resources.read_text(document) if document else examples.get("good", ""),
        bad=_changed(document, change) if document else examples.get("bad", ""),
        document=document,
        change=change,
        master_data=examples.get("master_data", ""),
        bad_master_data=examples.get("bad_master_data", ""),
        earlier=_resources.read_text(examples["earlier"]) if "earlier" in examples else "",
        partial_keys=tuple(row.get("partial_keys", ())),
        key_severity=row.get("key_severity", {}),
        example_choices={name: examples[name] for name in ("complete", "parameters") if name in examples},
    )


def _changed(document: str, change: tuple[tuple[str, str], ...]) -> str:
    """The text of an example document with its changes, each made once."""
    text = _resources.read_text(document)
    for old, new in change:
        text = text.replace(old, new, 1)
    return text


def find_entry(rule_id: str) -> Entry | None:
    """The entry of a rule, wherever it stands; ``None`` where no file has it."""
    for name in catalogues():
        entry = catalogue(name).get(rule_id)
        if entry is not None:
            return entry
    return None


@functools.cache
def _translated(name: str, language: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        return tomllib.loads(_resources.read_text(f"{_FOLDER}/{language}/{name}.toml"))
    except FileNotFoundError:
        return {}


def _said(rule_id: str, language: str) -> tuple[Entry | None, Mapping[str, Any]]:
    if language not in LANGUAGES:
        raise ValueError(f"Cannot speak {language!r}: expected {' or '.join(map(repr, LANGUAGES))}.")
    entry = find_entry(rule_id)
    if entry is None or language == "en":
        return entry, {}
    return entry, _translated(entry.catalogue, language).get(rule_id, {})


def statement(rule_id: str, language: str = "en") -> str:
    """What the rule asks for, as a sentence; ``""`` where there is no such rule.

    Raises:
        ValueError: The language is none of :data:`LANGUAGES` (so in every function here).
    """
    entry, other = _said(rule_id, language)
    return "" if entry is None else str(other.get("statement", entry.statement))


def hint(rule_id: str, language: str = "en") -> str:
    """How to mend what breaks the rule, as a sentence; ``""`` where there is no such rule."""
    entry, other = _said(rule_id, language)
    return "" if entry is None else str(other.get("hint", entry.hint))


def text(rule_id: str, key: str, parameters: Mapping[str, str], language: str = "en") -> str:
    """The sentence of a finding; ``""`` where the rule has no message ``key``."""
    entry, other = _said(rule_id, language)
    if entry is None:
        return ""
    template = other.get("messages", {}).get(key) or entry.messages.get(key, "")
    return fill(template, parameters)


def fill(template: str, parameters: Mapping[str, str]) -> str:
    """The template with the words in their places; a place without a word stays as it is."""
    return _PLACE.sub(lambda place: parameters.get(place[1], place[0]), template)
