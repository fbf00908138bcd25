"""Event payloads, compressed one by one and small all the same.

Takes and gives bytes. Zstandard packs one event of 850 bytes to about 320 by itself, and to about 90 with a
dictionary of what events of this store look like; so a store trains a dictionary on its own first thousand events and
keeps it beside them. What was packed before stays as it is: the first byte of each payload is the number of its
dictionary, 0 for none. Guarantees: each payload can be unpacked alone, and a damaged one is an error, never another
event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import zstandard

from epcis_kit.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TRAINING_EVENTS", "Compression", "train"]

TRAINING_EVENTS: Final = 1000
"""How many events a dictionary is trained on."""

_DICTIONARY_BYTES: Final = 16384
_LEVEL: Final = 3
_LARGEST: Final = 1 << 30


def train(payloads: Iterable[bytes]) -> bytes | None:
    """A dictionary for payloads like these; ``None`` where they have too little in common."""
    try:
        return zstandard.train_dictionary(_DICTIONARY_BYTES, [*payloads]).as_bytes()
    except zstandard.ZstdError:
        return None


class Compression:
    """Packs with the newest dictionary and unpacks with any that is known.

    Attributes:
        newest: Number of the dictionary in use; 0 before there is one.
    """

    def __init__(self) -> None:
        self.newest = 0
        self._compressors: dict[int, zstandard.ZstdCompressor] = {}
        self._decompressors: dict[int, zstandard.ZstdDecompressor] = {}
        self.learn(0, b"")

    def learn(self, number: int, dictionary: bytes) -> None:
        """Make the dictionary with this number known; the highest number is used for packing."""
        data = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        settings = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL,
            dict_size=len(dictionary),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=True,
            write_dict_id=False,
        )
        self._compressors[number] = zstandard.ZstdCompressor(compression_params=settings, dict_data=data)
        self._decompressors[number] = zstandard.ZstdDecompressor(
            dict_data=data, format=zstandard.FORMAT_ZSTD1_MAGICLESS, max_window_size=_LARGEST
        )
        self.newest = max(self.newest, number)

    def forget(self) -> None:
        """Know no dictionary any more: a transaction that brought one was undone."""
        self.__init__()  # type: ignore[misc]

    def pack(self, data: bytes) -> bytes:
        """``data``, compressed."""
        return self.newest.to_bytes(1) + self._compressors[self.newest].compress(data)

    def knows(self, packed: bytes) -> bool:
        """Whether the dictionary that ``packed`` needs is known."""
        return packed[0] in self._decompressors

    def unpack(self, packed: bytes) -> bytes:
        """What :meth:`pack` was given.

        Raises:
            StoreError: The bytes are damaged.
        """
        try:
            return self._decompressors[packed[0]].decompress(packed[1:])
        except (zstandard.ZstdError, KeyError, IndexError) as error:
            raise StoreError(f"Cannot read an event from the store: its payload is damaged ({error}).") from None
