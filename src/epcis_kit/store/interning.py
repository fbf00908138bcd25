"""Keys, words and event ids as the small numbers that the tables hold.

Takes texts; gives integers, and back. A key is kept as stem and leaf, cut at its last slash: the stems of a million
serial numbers are a few hundred. An event id that is a UUID or a CBV hash is kept as its bytes. Guarantees: one text
has one number for ever; numbers learnt in a transaction that was undone are forgotten (:meth:`Interning.forget`); the
caches are bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from epcis_kit.store.engine import Database

__all__ = ["Interning", "grow_ident", "id_list", "shrink_ident"]

_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_HASH: Final = re.compile(r"ni:///sha-256;([0-9a-f]{64})\?ver=CBV2\.0").fullmatch
_KEPT: Final = 400_000
_AT_ONCE: Final = 300


def shrink_ident(text: str) -> str | bytes:
    """An event id as it is stored."""
    if _UUID(text):
        return bytes.fromhex(text[9:].replace("-", ""))
    found = _HASH(text)
    return bytes.fromhex(found[1]) if found else text


def grow_ident(stored: str | bytes) -> str:
    """The event id that :func:`shrink_ident` was given."""
    if isinstance(stored, str):
        return stored
    digits = stored.hex()
    if len(stored) == 16:
        return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return f"ni:///sha-256;{digits}?ver=CBV2.0"


def id_list(numbers: Iterable[int]) -> str:
    """Numbers as the JSON list that ``json_each`` takes."""
    return f"[{','.join(map(str, numbers))}]"


class Interning:
    """The numbers of keys, stems and words of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._keys: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._stem_texts: dict[int, str] = {}
        self._terms: dict[str, int] = {}
        self._term_texts: dict[int, str] = {}

    def forget(self) -> None:
        """Empty the caches."""
        self.__init__(self._db)  # type: ignore[misc]

    def terms(self, texts: Iterable[str]) -> dict[str, int]:
        """Numbers of words; new ones are stored, inside a transaction."""
        known = self._terms
        for text in texts:
            if text not in known:
                self._db.run("INSERT INTO term (text) VALUES (?) ON CONFLICT DO NOTHING", (text,))
                known[text] = self._db.one("SELECT id FROM term WHERE text = ?", (text,))[0]
        return known

    def term(self, text: str) -> int | None:
        """Number of a word; ``None`` where no event has it."""
        row = self._db.one("SELECT id FROM term WHERE text = ?", (text,))
        return None if row is None else row[0]

    def term_text(self, number: int | None) -> str | None:
        """The word with this number."""
        if number is None:
            return None
        if number not in self._term_texts:
            self._term_texts[number] = self._db.one("SELECT text FROM term WHERE id = ?", (number,))[0]
        return self._term_texts[number]

    def _made(self, text: str) -> int:
        """Number of a stem, stored where it is new."""
        number = self._stem(text)
        if number is None:
            self._db.run("INSERT INTO stem (text) VALUES (?)", (text,))
            number = self._stem(text)
            assert number is not None
        return number

    def _stem(self, text: str) -> int | None:
        number = self._stems.get(text)
        if number is None:
            row = self._db.one("SELECT id FROM stem WHERE text = ?", (text,))
            if row is None:
                return None
            if len(self._stems) >= _KEPT:
                self._stems.clear()
            number = self._stems[text] = row[0]
        return number

    def following(self) -> int:
        """The number that the next new key will get, inside a transaction."""
        return int(self._db.one("SELECT ifnull(max(id), 0) + 1 FROM epc")[0])

    def store_keys(self, keys: Collection[str], lots: Collection[str]) -> dict[str, int]:
        """Numbers of keys; new ones are stored, inside a transaction. The dict given may hold more.

        Args:
            keys: Canonical keys.
            lots: Those of them that are lots or classes.
        """
        cache = self._keys
        missing = [key for key in keys if key not in cache]
        if not missing:
            return cache
        if len(cache) + len(missing) > _KEPT:
            cache.clear()
            missing = list(keys)
        places: list[tuple[int, str]] = []
        for key in missing:
            stem, slash, leaf = key.rpartition("/")
            places.append((self._made(stem) if slash else 0, leaf))
        # What is not in the cache is new almost always: insert first, and look up only where that did not take all.
        first = self.following()
        rows = [(first + place, *at, missing[place] in lots) for place, at in enumerate(places)]
        taken = self._db.run_many("INSERT OR IGNORE INTO epc (id, stem, leaf, lot) VALUES (?, ?, ?, ?)", rows)
        if taken == len(rows):
            cache.update(zip(missing, range(first, first + len(missing)), strict=True))
            return cache
        for start in range(0, len(missing), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            found = {(stem, leaf): number for number, stem, leaf in self._find(some)}
            cache.update(zip(missing[start:], (found[place] for place in some), strict=False))
        return cache

    def _find(self, places: list[tuple[int, str]]) -> list[tuple[int, int, str]]:
        values = ",".join(["(?,?)"] * len(places))
        flat: list[object] = []
        for place in places:
            flat += place
        return self._db.all(
            f"WITH wanted (stem, leaf) AS (VALUES {values}) "  # noqa: S608 - only question marks
            "SELECT epc.id, epc.stem, epc.leaf FROM wanted CROSS JOIN epc USING (stem, leaf)",
            flat,
        )

    def keys(self, texts: Collection[str]) -> dict[str, int]:
        """Numbers of those keys that are stored."""
        found = {}
        for key in texts:
            stem, slash, leaf = key.rpartition("/")
            place = self._stem(stem) if slash else 0
            if place is not None:
                row = self._db.one("SELECT id FROM epc WHERE stem = ? AND leaf = ?", (place, leaf))
                if row is not None:
                    found[key] = row[0]
        return found

    def below(self, class_key: str) -> list[int]:
        """Numbers of the keys with a serial number or lot of this class of objects."""
        rows = self._db.all(
            "SELECT epc.id FROM stem CROSS JOIN epc ON epc.stem = stem.id WHERE stem.text >= ? AND stem.text < ?",
            (f"{class_key}/", f"{class_key}0"),
        )
        stem, _, leaf = class_key.rpartition("/")
        place = self._stem(stem)
        if place is not None:  # AIs 253, 255 and 8003 carry the serial number inside
            rows += self._db.all(
                "SELECT id FROM epc WHERE stem = ? AND leaf > ? AND leaf < ? AND NOT lot",
                (place, leaf, f"{leaf}\U0010ffff"),
            )
        return [number for (number,) in rows]

    def texts(self, numbers: Collection[int]) -> dict[int, str]:
        """Keys of the numbers."""
        rows = self._db.all(
            "SELECT epc.id, epc.stem, epc.leaf FROM json_each(?) wanted CROSS JOIN epc ON epc.id = wanted.value",
            (id_list(numbers),),
        )
        stems = self._stem_texts
        found = {}
        for number, stem, leaf in rows:
            if stem not in stems:
                if len(stems) >= _KEPT:
                    stems.clear()
                stems[stem] = self._db.one("SELECT text || '/' FROM stem WHERE id = ?", (stem,))[0] if stem else ""
            found[number] = stems[stem] + leaf
        return found
