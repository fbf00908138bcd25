"""Look-ups in the CBV word lists.

Takes ``schemas/cbv.toml`` (eight lists, each with the prefixes of its spellings) and gives, for each list, one dict
from every accepted spelling to the bare word and one dict from the bare word to each spelling that is written. All
functions take the *kind* of list first, because a word means something only there: ``reserved`` is a disposition and
no bizStep.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from epcis_kit import _resources
from epcis_kit.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "KINDS",
    "Kind",
    "editions",
    "is_term",
    "label",
    "since",
    "spellings",
    "suggest",
    "terms",
    "to_bare",
    "to_curie",
    "to_urn",
    "to_web_uri",
]

Kind = Literal[
    "biz_step",
    "disposition",
    "biz_transaction_type",
    "source_dest_type",
    "error_reason",
    "component",
    "measurement_type",
    "alert_type",
]
"""The lists by field; ``type`` of a sensorReport is of ``measurement_type``, its ``exception`` of ``alert_type``."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_EDITIONS: Final = ("1.2", "2.0")
_LONGEST_SUGGESTED: Final = 100


@dataclass(frozen=True, slots=True)
class _List:
    """One list: dicts keyed by spelling or by bare word."""

    bare: Mapping[str, str]  # every accepted spelling -> bare word
    urn: Mapping[str, str]  # bare word -> spelling; empty where the standard has none
    web: Mapping[str, str]
    curie: Mapping[str, str]
    since: Mapping[str, str]
    labels: Mapping[str, str]


@functools.cache
def _lists() -> Mapping[str, _List]:
    import tomllib  # noqa: PLC0415 - read at the first look-up, never at import

    data = tomllib.loads(_resources.read_text("schemas/cbv.toml"))
    return {kind: _make(data[kind]) for kind in KINDS}


def _make(table: Mapping[str, Any]) -> _List:
    first = {word: edition for edition in _EDITIONS for word in table.get(edition, ())}
    words = sorted(first)
    urn, web, curie = table.get("urn"), table["web"], table["curie"]
    read = [prefix for prefix in ("", urn, web, curie, *table["also"]) if prefix is not None]
    return _List(
        bare=MappingProxyType({prefix + word: word for prefix in read for word in words}),
        urn={word: urn + word for word in words} if urn else {},
        web={word: web + word for word in words},
        curie={word: curie + word for word in words},
        since=MappingProxyType(first),
        labels={word: table.get("labels", {}).get(word, word.replace("_", " ")) for word in words},
    )


@functools.cache
def _list(kind: str) -> _List:
    try:
        return _lists()[kind]
    except KeyError:
        raise ValueError(f"Cannot look up CBV list {shorten(kind)}: expected one of {', '.join(KINDS)}.") from None


def to_bare(kind: Kind, text: str) -> str:
    """The bare word that ``text`` spells; ``text`` itself where it is no known word of that list.

    Accepted are the bare word, the URN, the web URI (``https`` and ``http``) and the short form with the prefix
    ``cbv:``; for measurement and alert types the web URI below ``https://ref.gs1.org/voc/`` or ``https://gs1.org/voc/``
    and the prefix ``gs1:``. Casing counts and white space is not removed.

    Raises:
        ValueError: ``kind`` is none of :data:`KINDS` (so in every function here).
    """
    return _list(kind).bare.get(text, text)


def spellings(kind: Kind) -> Mapping[str, str]:
    """Every accepted spelling of that list with its bare word, as a mapping that cannot be changed.

    For readers that look up many words: ``get = vocab.spellings("biz_step").get`` and then ``get(text, text)``.
    """
    return _list(kind).bare


def to_urn(kind: Kind, bare: str) -> str:
    """The URN of a bare word, the form EPCIS 1.x writes.

    Unchanged are other texts and the words of lists that have no URN (measurement and alert types).
    """
    return _list(kind).urn.get(bare, bare)


def to_web_uri(kind: Kind, bare: str) -> str:
    """The web URI of a bare word; other texts unchanged. Measurement and alert types lie below ``https://ref.gs1.org/voc/``."""
    return _list(kind).web.get(bare, bare)


def to_curie(kind: Kind, bare: str) -> str:
    """The short form with a prefix, ``cbv:Comp-x`` or ``gs1:Temperature``, as XML 2.0 writes sensor reports."""
    return _list(kind).curie.get(bare, bare)


def is_term(kind: Kind, bare: str, edition: str | None = None) -> bool:
    """True where ``bare`` is a bare word of that list, and of that edition of CBV if one is named."""
    first = _list(kind).since.get(bare)
    return first is not None and (edition is None or first <= _edition(edition))


def terms(kind: Kind, edition: str | None = None) -> tuple[str, ...]:
    """The bare words of that list in alphabetical order, or those that the named edition of CBV has."""
    listed = _list(kind).since
    last = _EDITIONS[-1] if edition is None else _edition(edition)
    return tuple(sorted(word for word, first in listed.items() if first <= last))


def since(kind: Kind, bare: str) -> str | None:
    """The first edition of CBV with the word: ``"1.2"`` (or one before it) or ``"2.0"``; ``None`` for other texts.

    How certain that is stands at the head of ``schemas/cbv.toml``.
    """
    return _list(kind).since.get(bare)


def label(kind: Kind, bare: str) -> str:
    """The word for people, for example ``Despatch Advice`` for ``desadv``; other texts unchanged."""
    return _list(kind).labels.get(bare, bare)


def editions() -> tuple[str, ...]:
    """The editions of CBV that words are marked with, oldest first; the lists are those of the last one."""
    return _EDITIONS


def suggest(kind: Kind, text: str) -> str | None:
    """The bare word that was probably meant by ``text``, ``None`` where nothing is near.

    Casing, blanks, hyphens and the prefixes of the spellings are forgiven first, then words put before it
    (``non_sellable_expired``), small typing errors last.
    """
    if len(text) > _LONGEST_SUGGESTED:
        return None
    import difflib  # noqa: PLC0415 - only wrong words come here

    listed = _list(kind)
    tail = text.strip().replace("#", "/").rpartition("/")[2].rpartition(":")[2]
    tail = tail if tail in listed.since else tail.rpartition("-")[2] or tail
    by_folded = {_fold(word): word for word in listed.since}
    for candidate in (text, tail):
        if (word := by_folded.get(_fold(candidate))) is not None:
            return word
    if ending := max((word for word in by_folded if len(word) > 3 and _fold(tail).endswith(word)), key=len, default=""):
        return by_folded[ending]
    near = difflib.get_close_matches(_fold(tail), list(by_folded), n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def _fold(text: str) -> str:
    return "".join(character for character in text.casefold() if character not in " _-/")


def _edition(edition: str) -> str:
    if edition not in _EDITIONS:
        raise ValueError(f"Cannot look up CBV edition {shorten(edition)}: expected one of {', '.join(_EDITIONS)}.")
    return edition
