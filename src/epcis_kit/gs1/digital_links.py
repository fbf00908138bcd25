"""GS1 Digital Link: application identifiers in a web address.

Takes a web URI of any domain and stem, ``https://example.com/any/stem/01/09506000134352/10/ABC?17=271231``; gives a
:class:`DigitalLink` with its elements, its stem and the query parameters that mean nothing to GS1, which are kept as
they are. The right-most primary key of the path counts; behind it come only the key qualifiers that the table allows,
in its order; other AIs are query parameters. Every value is checked in full, check digits too, and so is the
combination of AIs. Reading agrees with GS1's own syntax engine, with one difference: a ``%`` in a value that begins no
escape of two hexadecimal digits is refused, as RFC 3986 has it.

:func:`build_digital_link` is the way back; it escapes every character but ``A-Z a-z 0-9 - . _ ~``.
:func:`could_be_digital_link` answers quickly whether a closer look is worth it. All take linear time. Source: GS1
Digital Link Standard: URI Syntax 1.4; what comes from it is in the table (``link_key``, ``link_attribute``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.application_identifiers import AiTable, default_table
from epcis_kit.gs1.association_rules import broken_rule
from epcis_kit.gs1.digital_link_reading import CONVENIENCE_NAMES, LinkReader, belongs_in_path, decode, pad
from epcis_kit.gs1.element_faults import (
    MAX_ELEMENTS,
    MAX_TEXT,
    accepted,
    length_kind,
    rule_error,
    text_too_long,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier

__all__ = [
    "CANONICAL_STEM",
    "CONVENIENCE_NAMES",
    "DigitalLink",
    "build_digital_link",
    "could_be_digital_link",
    "parse_digital_link",
]

CANONICAL_STEM = "https://id.gs1.org"
"""The stem of a canonical Digital Link."""

_WHAT = "Digital Link"

# The whole URI, made of characters that it may have: path, query, fragment.
_URI = re.compile(
    r"(?:https?|HTTPS?)://[A-Za-z0-9\-.:\[\]]+"
    r"(/[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%]*)"
    r"(?:\?([A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*))?"
    r"(?:\#([A-Za-z0-9\-._~:/?\#\[\]@!$&'()*+,;=%]*))?"
)


@dataclass(frozen=True)
class DigitalLink:
    """A Digital Link as it was read.

    Attributes:
        elements: The elements: primary key, qualifiers, then query parameters, in the order of the text.
        text: The URI as given.
        stem: Everything before the primary key, without the slash, for example ``"https://example.com/any/stem"``.
        path_count: How many of the elements stand in the path.
        ignored: The query parameters that are no AIs, as they were written (``"linkType=gs1:pip"``).
        fragment: What stands behind ``#``, or ``None``.
    """

    elements: tuple[tuple[str, str], ...]
    text: str
    stem: str
    path_count: int
    ignored: tuple[str, ...] = ()
    fragment: str | None = None

    @property
    def path_elements(self) -> tuple[tuple[str, str], ...]:
        """The primary key and its qualifiers."""
        return self.elements[: self.path_count]

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """The elements of the query."""
        return self.elements[self.path_count :]

    def get(self, ai: str) -> str | None:
        """The value of ``ai``, or ``None`` where it is not there."""
        return next((value for name, value in self.elements if name == ai), None)

    def as_uri(self, *, stem: str = CANONICAL_STEM, sort_attributes: bool = False) -> str:
        """The same elements on another stem, without ignored parameters and fragment.

        Args:
            stem: Scheme, domain and what else stands before the primary key.
            sort_attributes: Sort the query parameters by AI, rather than keep their order with AIs of pre-defined
                length first.
        """
        if sort_attributes:
            attributes = sorted(self.attributes)
        else:
            table = default_table()
            attributes = sorted(self.attributes, key=lambda element: _is_open_ended(element[0], table))
        return _write(stem, self.path_elements, attributes)

    def as_canonical(self) -> str:
        """The same elements on ``https://id.gs1.org``, attributes sorted, nothing else."""
        return self.as_uri(sort_attributes=True)

    def __str__(self) -> str:
        return self.text


def _is_open_ended(ai: str, table: AiTable) -> bool:
    entry = table.get(ai)
    return entry is None or not entry.predefined_length


def _write(stem: str, path: Iterable[tuple[str, str]], attributes: Iterable[tuple[str, str]]) -> str:
    """The link of elements that are known to be right."""
    way = "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in path)
    query = "&".join(f"{ai}={quote(value, safe='')}" for ai, value in attributes)
    return f"{stem.removesuffix('/')}{way}{'?' if query else ''}{query}"


def _quick(
    uri: str, table: AiTable, *, zero_suppressed: bool
) -> tuple[list[tuple[str, str]], str, int, list[str], str | None] | None:
    """Elements, stem, number of path elements, ignored parameters and fragment of a well-formed link, or ``None``."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    path, query, fragment = found.groups()
    words = path.split("/")
    compiled = table.compiled
    ignored: list[str] = []
    try:
        at = len(words) - 2
        while compiled[words[at]].link_key is None:
            at -= 2
        if at < 1:
            return None
        pairs = [*zip(words[at::2], words[at + 1 :: 2], strict=True)]
        count = len(pairs)
        ais = tuple([ai for ai, _ in pairs])
        if ais not in table.key_sequences:
            return None
        if query:
            for parameter in query.split("&"):
                ai, equals, value = parameter.partition("=")
                if not equals or not (ai.isdecimal() and ai.isascii()):
                    if parameter:
                        ignored.append(parameter)
                    continue
                if not compiled[ai].link_attribute or "+" in value or belongs_in_path(ais, ai, table):
                    return None
                pairs.append((ai, value))
        elements: list[tuple[str, str]] = []
        for ai, value in pairs:
            plain = value
            if "%" in value:
                decoded = decode(value)
                if decoded is None:
                    return None
                plain = decoded
            if zero_suppressed:
                plain = pad(ai, plain)
            if not compiled[ai].accepts(plain):
                return None
            elements.append((ai, plain))
    except (KeyError, IndexError):
        return None
    if len(elements) > MAX_ELEMENTS or (count < len(elements) and len({ai for ai, _ in elements}) < len(elements)):
        return None
    stem_end = found.start(1) + sum(map(len, words[:at])) + at - 1
    return elements, uri[:stem_end], count, ignored, fragment


def parse_digital_link(
    uri: str,
    *,
    zero_suppressed: bool = False,
    convenience_names: bool = False,
    check_requisites: bool = True,
    unknown_ais: bool = False,
    table: AiTable | None = None,
) -> DigitalLink:
    """Reads a Digital Link that is not compressed.

    Args:
        uri: The whole web URI.
        zero_suppressed: Read a GTIN of 8, 12 or 13 digits in AI 01 as one of 14.
        convenience_names: Read the words of version 1.1 in the path too (``/gtin/…/lot/…``).
        check_requisites: Whether an AI that needs another must have it.
        unknown_ais: Let AIs that are not in the table through as query parameters.
        table: Another edition of the table.

    Raises:
        IdentifierError: The URI is no well-formed Digital Link; ``kind``, ``ai`` and ``position`` say where and why.
    """
    if table is None:
        table = default_table()
    if len(uri) > MAX_TEXT:
        raise text_too_long(_WHAT, uri)
    quick = None if convenience_names or unknown_ais else _quick(uri, table, zero_suppressed=zero_suppressed)
    if quick is None:
        quick = LinkReader(uri, table, zero_suppressed, convenience_names, unknown_ais).read()
    elements, stem, count, ignored, fragment = quick
    rule = broken_rule(elements, table, check_requisites=check_requisites)
    if rule is not None:
        raise rule_error(_WHAT, uri, rule, [ai for ai, _ in elements])
    made = object.__new__(DigitalLink)
    made.__dict__.update(
        elements=tuple(elements), text=uri, stem=stem, path_count=count, ignored=tuple(ignored), fragment=fragment
    )
    return made


def _best_sequence(key: str, ais: list[str], table: AiTable) -> tuple[str, ...]:
    """The sequence of key and qualifiers that takes most of ``ais``; the first of equals in the order of the text."""
    best: tuple[str, ...] = (key,)
    most = 0
    for sequence in table.key_sequences:
        if sequence[0] == key:
            count = sum(ais.count(qualifier) for qualifier in sequence[1:])
            if count > most:
                best, most = sequence, count
    return best


def build_digital_link(
    elements: Iterable[tuple[str, str]],
    *,
    stem: str = CANONICAL_STEM,
    sort_attributes: bool = False,
    check_requisites: bool = False,
    table: AiTable | None = None,
) -> str:
    """The Digital Link of a list of (AI, value).

    The first AI that is a primary key leads the path; the qualifiers that it allows follow in their order; the rest
    become query parameters: in the given order with AIs of pre-defined length first, or sorted.

    Args:
        elements: What to write.
        stem: Scheme, domain and what else stands before the primary key; one slash at its end does not matter.
        sort_attributes: Sort the query parameters by AI, rather than keep their order.
        check_requisites: Whether an AI that needs another must have it.
        table: Another edition of the table.

    Raises:
        IdentifierError: A value is not well-formed, no AI is a primary key, or an AI has no place in the link.
    """
    if table is None:
        table = default_table()
    listed = [(ai, value) for ai, value in elements]
    shown = "".join(f"({ai}){value}" for ai, value in listed)
    entries: dict[str, ApplicationIdentifier] = {}
    for ai, value in listed:
        entries[ai] = accepted(_WHAT, shown, ai, table.get(ai, unknown=True), value)
    rule = broken_rule(listed, table, check_requisites=check_requisites)
    if rule is not None:
        raise rule_error(_WHAT, shown, rule, [ai for ai, _ in listed], verb="build")
    key = next((ai for ai, _ in listed if entries[ai].link_key is not None), None)
    if key is None:
        raise IdentifierError(
            _WHAT,
            shown,
            expected="an AI that is a primary key",
            got=" ".join(f"({ai})" for ai in entries) or "none",
            kind="cannot_create_dl_uri_without_primary_key_ai",
            verb="build",
        )
    values = dict(reversed(listed))
    sequence = _best_sequence(key, [ai for ai, _ in listed], table)
    attributes = [ai for ai in dict.fromkeys(ai for ai, _ in listed) if ai not in sequence]
    if sort_attributes:
        attributes.sort()
    else:
        attributes.sort(key=lambda ai: not entries[ai].predefined_length)
    for ai in attributes:
        if not entries[ai].link_attribute:
            raise IdentifierError(
                _WHAT,
                shown,
                expected=f"AIs that may stand behind ({key}) in a Digital Link",
                got=f"({ai})",
                kind="ai_is_not_valid_data_attribute",
                ai=ai,
                verb="build",
            )
    path = [(ai, values[ai]) for ai in sequence if ai in values]
    return _write(stem, path, [(ai, values[ai]) for ai in attributes])


def could_be_digital_link(uri: str, *, table: AiTable | None = None) -> bool:
    """Whether a web URI looks like a Digital Link: a primary key of GS1 with a value of its length ends the path.

    Nothing but the form is looked at: the check digit may be wrong, and a page that has ``/01/`` and fourteen digits by
    chance is plausible too. A compressed link is plausible where its word reads as AIs with well-formed values.

    Args:
        uri: Any text.
        table: Another edition of the table.
    """
    if len(uri) > MAX_TEXT:
        return False
    found = _URI.fullmatch(uri)
    if found is None:
        return False
    if table is None:
        table = default_table()
    words = found[1].split("/")
    for at in range(len(words) - 2, 0, -2):
        entry = table.get(words[at])
        if entry is None:
            break
        if entry.link_key is None:
            continue
        value = decode(words[at + 1])
        if value is None:
            return False
        value = pad(entry.ai, value)
        return length_kind(entry, value) is None and (
            entry.components[0].characters != "N" or value[: entry.components[0].longest].isdecimal()
        )
    from epcis_kit.gs1.compression import could_be_compressed  # noqa: PLC0415 - it is built upon this module

    return could_be_compressed(uri)
