"""Reads a Digital Link slowly and exactly, to say what is wrong with it.

Takes a web URI; gives its elements or raises at the first fault, in the order in which the reference engine looks:
characters, scheme and domain, primary key, path values, query values, sequence of the path, place of each attribute,
content of each value. ``gs1.digital_links`` comes here when its quick look failed, and for the options that real links
seldom need. Offsets in errors count in the URI as given, also behind percent-escapes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.element_faults import MAX_ELEMENTS, element_error, length_kind
from epcis_kit.gs1.linters import LintFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.gs1.application_identifiers import AiTable, ApplicationIdentifier

__all__ = ["CONVENIENCE_NAMES", "LinkReader", "belongs_in_path", "decode", "pad"]

_WHAT = "Digital Link"
_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SHORT_GTINS = frozenset((8, 12, 13))
_SCHEME = re.compile(r"(?:https?|HTTPS?)://")
_BAD_IN_DOMAIN = re.compile(r"[_~?#@!$&'()*+,;=%]")

CONVENIENCE_NAMES = {
    "cpid": "8010", "cpsn": "8011", "cpv": "22", "gcn": "255", "gdti": "253", "giai": "8004", "ginc": "401",
    "gln": "414", "glnx": "254", "gmn": "8013", "grai": "8003", "gsin": "402", "gsrn": "8018", "gsrnp": "8017",
    "gtin": "01", "itip": "8006", "lot": "10", "party": "417", "refno": "8020", "ser": "21", "srin": "8019",
    "sscc": "00",
}  # fmt: skip
"""Words that version 1.1 of the standard allowed for AIs in the path; read on request, never written."""


def decode(text: str) -> str | None:
    """The text behind percent-escapes, a character for each byte; ``None`` where an escape is bad."""
    if _BAD_ESCAPE.search(text):
        return None
    return unquote_to_bytes(text).decode("latin-1")


def pad(ai: str, value: str) -> str:
    """A GTIN of 8, 12 or 13 characters in AI 01 with zeros in front; any other value as it is."""
    return value.zfill(14) if ai == "01" and len(value) in _SHORT_GTINS else value


def belongs_in_path(path: tuple[str, ...], ai: str, table: AiTable) -> bool:
    """Whether ``ai`` makes a valid sequence when it is put into the path."""
    sequences = table.key_sequences
    return any((*path[:place], ai, *path[place:]) in sequences for place in range(1, len(path) + 1))


@dataclass(slots=True)
class _Found:
    """An AI with its value as it stands in the URI."""

    ai: str
    entry: ApplicationIdentifier
    start: int
    value: str = ""
    where: Callable[[int], int] = int


class LinkReader:
    """Reads a link step by step and raises at the first fault, in the order in which the reference engine looks."""

    def __init__(
        self, uri: str, table: AiTable, zero_suppressed: bool, convenience_names: bool, unknown_ais: bool
    ) -> None:
        self.uri = uri
        self.table = table
        self.zero_suppressed = zero_suppressed
        self.convenience_names = convenience_names
        self.unknown_ais = unknown_ais

    def _error(
        self, kind: str, expected: str, got: str | None = None, *, ai: str | None = None, position: int | None = None
    ) -> IdentifierError:
        return IdentifierError(_WHAT, self.uri, expected=expected, got=got, kind=kind, ai=ai, position=position)

    def read(self) -> tuple[list[tuple[str, str]], str, int, list[str], str | None]:
        """Elements, stem, number of path elements, ignored parameters and fragment.

        Raises:
            IdentifierError: At the first fault.
        """
        uri = self.uri
        path_start, path_end = self._frame()
        fragment_at = uri.find("#", path_start)
        end = len(uri) if fragment_at < 0 else fragment_at
        key_at = self._find_key(path_start, path_end)
        path = self._read_path(key_at, path_end)
        attributes, ignored = self._read_query(path_end + 1, end) if path_end < end else ([], [])
        if len(path) + len(attributes) > MAX_ELEMENTS:
            raise self._error("too_many_ais", f"at most {MAX_ELEMENTS} elements", str(len(path) + len(attributes)))
        ais = tuple(found.ai for found in path)
        if ais not in self.table.key_sequences:
            raise self._error(
                "invalid_key_qualifier_sequence",
                f"the key qualifiers of ({ais[0]}) in their order",
                "/".join(ais),
                ai=ais[0],
            )
        self._check_attributes(ais, attributes)
        elements = []
        for found in (*path, *attributes):
            fault = found.entry.fault(found.value)
            if fault is not None:
                raise element_error(_WHAT, uri, found.entry, found.value, fault=fault, where=found.where)
            elements.append((found.ai, found.value))
        return elements, uri[:key_at], len(path), ignored, None if fragment_at < 0 else uri[fragment_at + 1 :]

    def _frame(self) -> tuple[int, int]:
        """Start and end of the path, after a look at the characters, the scheme and the domain."""
        uri = self.uri
        illegal = _ILLEGAL.search(uri)
        if illegal is not None:
            raise self._error(
                "uri_contains_illegal_characters",
                "characters that a URI may have",
                shorten(illegal[0]),
                position=illegal.start(),
            )
        scheme = _SCHEME.match(uri)
        if scheme is None:
            raise self._error("uri_contains_illegal_scheme", "https:// or http://", shorten(uri[:8]), position=0)
        path_start = uri.find("/", scheme.end())
        if path_start <= scheme.end():
            raise self._error(
                "uri_missing_domain_and_path_info", "a domain and a path", "none", position=min(scheme.end(), len(uri))
            )
        bad = _BAD_IN_DOMAIN.search(uri, scheme.end(), path_start)
        if bad is not None:
            raise self._error(
                "domain_contains_illegal_characters",
                "characters that a domain may have",
                shorten(bad[0]),
                position=bad.start(),
            )
        ends = [place for place in (uri.find("?", path_start), uri.find("#", path_start)) if place >= 0]
        return path_start, min(ends, default=len(uri))

    def _entry_of_word(self, word: str) -> ApplicationIdentifier | None:
        if self.convenience_names and word in CONVENIENCE_NAMES:
            word = CONVENIENCE_NAMES[word]
        return self.table.get(word, unknown=self.unknown_ais)

    def _find_key(self, start: int, end: int) -> int:
        """Where the slash before the right-most primary key stands."""
        uri = self.uri
        stop = end
        while True:
            value_slash = uri.rfind("/", start, stop)
            ai_slash = uri.rfind("/", start, value_slash) if value_slash > start else -1
            if ai_slash < 0:
                break
            entry = self._entry_of_word(uri[ai_slash + 1 : value_slash])
            if entry is None:
                break
            if entry.link_key is not None:
                return ai_slash
            stop = ai_slash
        raise self._error(
            "no_gs1_dl_keys_found_in_path_info",
            "a primary key of GS1 and its value at the end of the path",
            shorten(uri[start:end]),
            position=start,
        )

    def _value(self, found: _Found, start: int, end: int, *, query: bool) -> None:
        """Decodes the value between two places and checks its length."""
        raw = self.uri[start:end]
        bad = _BAD_ESCAPE.search(raw)
        if bad is not None:
            raise self._error(
                "bad_escape",
                "two hexadecimal digits behind each %",
                shorten(raw[bad.start() : bad.start() + 3]),
                ai=found.ai,
                position=start + bad.start(),
            )
        value = decode(raw.replace("+", " ") if query else raw) or ""
        if "\0" in value:
            raise self._error(
                "decoded_ai_value_contains_illegal_null",
                "no %00 in a value",
                "'%00'",
                ai=found.ai,
                position=start + raw.find("%00"),
            )

        def where(position: int) -> int:
            at = start
            for _ in range(position):
                at += 3 if self.uri[at : at + 1] == "%" else 1
            return at

        found.where = where
        if self.zero_suppressed:
            padded = pad(found.ai, value)
            added = len(padded) - len(value)
            if added:
                found.where = lambda position: where(max(position - added, 0))
            value = padded
        kind = length_kind(found.entry, value)
        if kind is None and "^" in value:
            kind = "ai_contains_illegal_carat_character"
        if kind is not None:
            caret = value.find("^")
            place = min(len(value), found.entry.longest) if kind.startswith("ai_value") else caret
            fault = LintFault(kind, place, max(len(value), place))
            raise element_error(_WHAT, self.uri, found.entry, value, fault=fault, where=found.where)
        found.value = value

    def _read_path(self, key_at: int, end: int) -> list[_Found]:
        uri = self.uri
        path: list[_Found] = []
        at = key_at
        while at < end:
            value_slash = uri.find("/", at + 1, end)
            entry = self._entry_of_word(uri[at + 1 : value_slash])
            assert entry is not None, "find_key walked over this pair"
            found = _Found(entry.ai, entry, at + 1)
            following = uri.find("/", value_slash + 1, end)
            stop = end if following < 0 else following
            if stop == value_slash + 1:
                raise self._error(
                    "ai_value_path_element_is_empty", f"a value of ({found.ai})", "nothing", ai=found.ai, position=stop
                )
            self._value(found, value_slash + 1, stop, query=False)
            path.append(found)
            at = stop
        return path

    def _read_query(self, start: int, end: int) -> tuple[list[_Found], list[str]]:
        uri = self.uri
        attributes: list[_Found] = []
        ignored: list[str] = []
        at = start
        while at < end:
            stop = uri.find("&", at, end)
            stop = end if stop < 0 else stop
            equals = uri.find("=", at, stop)
            name = uri[at:equals] if equals >= 0 else ""
            if name.isdecimal() and name.isascii():
                entry = self.table.get(name, unknown=self.unknown_ais)
                if entry is None:
                    named = name if 2 <= len(name) <= 4 else None
                    raise self._error(
                        "unknown_ai_in_query_params", "an AI of the table", shorten(name), ai=named, position=at
                    )
                found = _Found(name, entry, at)
                if equals + 1 == stop:
                    raise self._error(
                        "ai_value_query_element_in_empty", f"a value of ({name})", "nothing", ai=name, position=stop
                    )
                self._value(found, equals + 1, stop, query=True)
                attributes.append(found)
                if len(attributes) > MAX_ELEMENTS:
                    raise self._error("too_many_ais", f"at most {MAX_ELEMENTS} elements", "more", position=at)
            elif stop > at:
                ignored.append(uri[at:stop])
            at = stop + 1
        return attributes, ignored

    def _check_attributes(self, path: tuple[str, ...], attributes: list[_Found]) -> None:
        seen = set(path)
        for found in attributes:
            ai = found.ai
            if ai in seen:
                raise self._error("duplicate_ai", f"({ai}) once", "twice", ai=ai, position=found.start)
            seen.add(ai)
            if not found.entry.link_attribute:
                raise self._error(
                    "ai_is_not_valid_data_attribute",
                    "an AI that may be a query parameter",
                    f"({ai})",
                    ai=ai,
                    position=found.start,
                )
            if belongs_in_path(path, ai, self.table):
                raise self._error(
                    "ai_should_be_in_path_info",
                    f"({ai}) in the path behind ({path[0]})",
                    "it in the query",
                    ai=ai,
                    position=found.start,
                )
