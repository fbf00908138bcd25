"""Digital Links as identities: the key and its qualifiers, and nothing else.

Takes the text of a web URI on any domain and below any path stem, with numeric AIs or the early short names (``gtin``,
``sscc``, …), and gives the key at the right end of its path as an element list; query and fragment play no part. Gives
the other way the canonical link ``https://id.gs1.org/…`` of an element list, in which everything but letters, digits
and ``- . _ ~`` is percent-encoded.

Guarantees: the check digit of every key is verified; GTIN-8, -12 and -13 come back as 14 digits; a URI that is no
Digital Link gives ``None`` and one that claims to be one and is wrong raises; at most the last eight path segments are
looked at, so the cost is linear. The full rules (attributes, order of qualifiers, every linter) live in
``digital_links``; this module is what identity, events and traces need, and is fast.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import check_gmn, check_mod10
from epcis_kit.gs1.schemes import ALIASES, CHECKED_DIGITS, LINK_KEYS, QUALIFIER_PATTERNS

if TYPE_CHECKING:
    from epcis_kit.gs1.schemes import LinkKey

__all__ = [
    "CANONICAL_STEM",
    "Elements",
    "checked_key",
    "elements_to_link",
    "identity_of",
    "link_to_elements",
    "percent_decode",
    "percent_encode",
]

Elements: TypeAlias = tuple[tuple[str, str], ...]
"""AIs and their values, in order: ``(("01", "09521141111116"), ("21", "102"))``."""

CANONICAL_STEM = "https://id.gs1.org"
_SEGMENTS = 8  # a key and three qualifiers, two segments each
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ENCODING = {code: f"%{code:02X}" for code in range(128) if chr(code) not in _UNRESERVED}
"""``str.translate`` table that percent-encodes every ASCII character which is not unreserved."""

_WEB = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://([^/?#]+)/([^?#]*)")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_QUALIFIERS = frozenset(QUALIFIER_PATTERNS)
_OWN_HOSTS = frozenset({"id.gs1.org"})
_WHAT = "Digital Link"


def percent_encode(value: str) -> str:
    """``value`` with everything but letters, digits and ``- . _ ~`` percent-encoded (UTF-8 beyond ASCII)."""
    if value.isascii():
        return value if value.isalnum() else value.translate(ENCODING)
    return "".join(
        chr(octet) if chr(octet) in _UNRESERVED else f"%{octet:02X}" for octet in value.encode("utf-8", "surrogatepass")
    )


def percent_decode(segment: str, *, whole: str, what: str = _WHAT) -> str:
    """The text that ``segment`` stands for.

    Raises:
        IdentifierError: kind ``bad_escape``: a ``%`` without two hex digits after it, or octets that are not UTF-8.
    """
    if "%" not in segment:
        return segment
    bad = _BAD_ESCAPE.search(segment)
    if bad is not None:
        raise IdentifierError(
            what,
            whole,
            expected="two hexadecimal digits after %",
            got=repr(segment[bad.start() : bad.start() + 3]),
            kind="bad_escape",
            position=max(whole.find(segment), 0) + bad.start(),
        )
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise IdentifierError(
            what, whole, expected="percent-escapes of UTF-8 text", got=repr(segment[:60]), kind="bad_escape"
        ) from fault


@functools.cache
def _key_pattern(ai: str) -> re.Pattern[str]:
    return re.compile(LINK_KEYS[ai].pattern())


@functools.cache
def _qualifier_pattern(ai: str) -> re.Pattern[str]:
    return re.compile(QUALIFIER_PATTERNS[ai])


def _describe_lengths(key: LinkKey) -> str:
    if key.lengths:
        *most, last = map(str, key.lengths)
        return f"{', '.join(most)} or {last} digits"
    if key.digits and key.digits == key.longest:
        return f"{key.digits} digits"
    if key.digits:
        return f"{key.digits} digits and at most {key.longest - key.digits} characters after them"
    return f"4 digits and at most {key.longest - 4} characters after them"


def _key_fault(key: LinkKey, value: str, whole: str, what: str) -> IdentifierError:
    position = max(whole.rfind(value), 0) if value else None
    expected = _describe_lengths(key)
    if key.ai == "8003" and value[:1].isdecimal() and value[0] != "0":
        expected, got, kind = "a 0 before the asset identifier", repr(value[0]), "character"
    elif not value:
        got, kind = "nothing", "empty"
    elif len(value) > key.longest or (value.isascii() and value.isdecimal()):
        got, kind = f"{len(value)}", "length"
    else:
        start = key.digits or 4
        bad = next((i for i, c in enumerate(value[:start]) if not "0" <= c <= "9"), None)
        if bad is None and len(value) < start:
            got, kind = f"{len(value)} characters", "length"
        else:
            pattern = re.compile(key.rest.rpartition("{")[0] or "[0-9]")
            if bad is None:
                bad = next((i for i, c in enumerate(value[start:], start) if not pattern.fullmatch(c)), 0)
            got, kind = f"{value[bad]!r} at position {bad + 1}", "character"
            position = None if position is None else position + bad
    return IdentifierError(
        what,
        whole,
        expected=expected,
        got=got,
        kind=kind,
        ai=key.ai,
        position=position,
    )


def checked_key(ai: str, value: str, link: str | None = None) -> str:
    """The value of the key ``ai`` in its canonical form, where it is well formed and its check digit right.

    Args:
        ai: One of the AIs in ``LINK_KEYS``.
        value: Its value; a GTIN may have 8, 12, 13 or 14 digits.
        link: The Digital Link that it comes from, for the error.

    Raises:
        IdentifierError: kind ``empty``, ``length``, ``character``, ``incorrect_check_digit``, ``incorrect_check_pair``.
    """
    key = LINK_KEYS[ai]
    whole, what = (value, key.title) if link is None else (link, f"{key.title} in Digital Link")
    if key.lengths and len(value) in key.lengths:
        value = value.zfill(key.digits)
    if _key_pattern(ai).fullmatch(value) is None or (ai == "8003" and value[0] != "0"):
        raise _key_fault(key, value, whole, what)
    where = CHECKED_DIGITS.get(ai)
    try:
        if where is not None:
            check_mod10(value[where[0] : where[1]])
        elif ai == "8013":
            check_gmn(value)
    except IdentifierError as fault:
        raise IdentifierError(
            what if link is None else f"{key.title} {value[:60]} in Digital Link",
            whole,
            expected=fault.expected,
            got=fault.got,
            kind=fault.kind,
            ai=ai,
            position=_position(whole, value, fault.position, where[0] if where else 0),
        ) from None
    return value


def _position(whole: str, value: str, within: int | None, start: int) -> int | None:
    found = whole.rfind(value)
    return None if found < 0 or within is None else found + within + start


def _claims(host: str, segment: str, ai: str, value: str) -> bool:
    """Whether a wrong key is worth a word: ordinary web addresses have segments such as ``01`` and ``party`` too."""
    if host.lower() in _OWN_HOSTS:
        return True
    begin = value[:6]
    return (
        len(begin) == 6
        and begin.isascii()
        and begin.isdecimal()
        and (segment == ai or len(value) <= LINK_KEYS[ai].longest)
    )


def link_to_elements(uri: str) -> Elements | None:
    """The key at the right end of the path of ``uri`` with its qualifiers; ``None`` where it is no Digital Link.

    Raises:
        IdentifierError: the URI claims to be a Digital Link, and its key or a qualifier of it is wrong.
    """
    web = _WEB.match(uri)
    if web is None:
        return None
    host, path = web.groups()
    segments = path.rsplit("/", _SEGMENTS)
    qualifiers: list[tuple[str, str]] = []
    ai = name = raw = ""
    while ai not in LINK_KEYS:
        if len(segments) < 2:
            return None
        raw, name = segments.pop(), segments.pop()
        ai = ALIASES.get(name, name)
        if ai in _QUALIFIERS:
            qualifiers.append((ai, raw))
        elif ai not in LINK_KEYS:
            return None
    value = percent_decode(raw, whole=uri)
    try:
        value = checked_key(ai, value, uri)
    except IdentifierError:
        if _claims(host, name, ai, value):
            raise
        return None
    return ((ai, value), *_checked_qualifiers(LINK_KEYS[ai], qualifiers, uri))


def _checked_qualifiers(key: LinkKey, qualifiers: list[tuple[str, str]], uri: str) -> Elements:
    result: dict[str, str] = {}
    for ai, raw in reversed(qualifiers):
        if ai not in key.qualifiers:
            raise IdentifierError(
                _WHAT,
                uri,
                expected=f"one of the AIs {', '.join(key.qualifiers)} after AI {key.ai}"
                if key.qualifiers
                else f"no AI after AI {key.ai}",
                got=f"AI {ai}",
                kind="invalid_qualifier",
                ai=ai,
            )
        if ai in result:
            raise IdentifierError(_WHAT, uri, expected=f"AI {ai} once", got="it twice", kind="repeated_ai", ai=ai)
        value = percent_decode(raw, whole=uri)
        if _qualifier_pattern(ai).fullmatch(value) is None:
            raise IdentifierError(
                f"AI {ai} in Digital Link",
                uri,
                expected=_describe_qualifier(ai),
                got=repr(value[:60]) if value else "nothing",
                kind="empty" if not value else "malformed",
                ai=ai,
                position=max(uri.rfind("/" + raw) + 1, 0) if raw else None,
            )
        result[ai] = value
    if "235" in result and len(result) > 1:
        raise IdentifierError(
            _WHAT,
            uri,
            expected="AI 235 alone after AI 01",
            got=f"AIs {', '.join(result)}",
            kind="invalid_qualifier",
            ai="235",
        )
    return tuple(result.items())


def _describe_qualifier(ai: str) -> str:
    return {
        "7040": "4 characters of GS1 set 82 that begin with a digit",
        "8011": "1 to 12 digits without a leading zero",
        "8019": "1 to 10 digits",
        "235": "1 to 28 characters of GS1 set 82",
        "8020": "1 to 25 characters of GS1 set 82",
    }.get(ai, "1 to 20 characters of GS1 set 82")


def identity_of(elements: Elements) -> Elements:
    """The elements that make the identity: the key, and of its qualifiers the decisive one (a serial beats a lot)."""
    (ai, value), *rest = elements
    known = dict(rest)
    for qualifier in LINK_KEYS[ai].identifying:
        if qualifier in known:
            return ((ai, value), (qualifier, known[qualifier]))
    return ((ai, value),)


def elements_to_link(elements: Elements, stem: str = CANONICAL_STEM) -> str:
    """The link of a key and its qualifiers, as they are given; nothing is checked here."""
    return stem + "".join(f"/{ai}/{percent_encode(value)}" for ai, value in elements)
