r"""The CBV event hash: one identity for an event, whatever format, order and spelling it was written in.

Takes events of the model; gives ``ni:///sha-256;…?ver=CBV2.0`` URIs and the canonical texts behind them. An event that
carries no ``eventID`` is identified by its hash::

    >>> from epcis_kit.model import ObjectEvent
    >>> event = ObjectEvent(
    ...     event_time="2024-05-01T08:00:00+02:00",
    ...     event_time_zone_offset="+02:00",
    ...     action="OBSERVE",
    ...     epc_list=["urn:epc:id:sscc:9521321.1234567890"],
    ...     biz_step="receiving",
    ... )
    >>> print(prehash(event, join="\n"))
    eventType=ObjectEvent
    eventTime=2024-05-01T06:00:00.000Z
    eventTimeZoneOffset=+02:00
    epcList
    epc=https://id.gs1.org/00/195213212345678904
    action=OBSERVE
    bizStep=https://ref.gs1.org/cbv/BizStep-receiving

Three versions are in the field: ``CBV2.0`` (the published generator since 2026, the default), ``CBV2.1`` (its draft),
and ``legacy-1.9.3`` (what the package of 2023 computes, which calls itself ``CBV2.0`` too); :func:`matching_version`
tells which of them made a given URI. The hash is taken of the UTF-8 text; the digits are hexadecimal, as the published
generator writes them.

Guarantees: the same event gives the same hash, read from XML or JSON, in any order of its lists; no network, no JSON-LD
processor, nothing remembered from one event to the next.
"""

from __future__ import annotations

import hashlib
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from epcis_kit.errors import shorten
from epcis_kit.hashing.layout import PROFILES
from epcis_kit.hashing.writer import writer_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from epcis_kit.hashing.writer import Writer
    from epcis_kit.model import Event

__all__ = ["ALGORITHMS", "VERSIONS", "event_hash", "is_event_hash", "matching_version", "prehash"]

VERSIONS: Final = tuple(PROFILES)
"""The versions of the hash, the default first."""

ALGORITHMS: Final[Mapping[str, Callable[[bytes], hashlib._Hash]]] = MappingProxyType(
    {
        "sha-256": hashlib.sha256,
        "sha-384": hashlib.sha384,
        "sha-512": hashlib.sha512,
        "sha3-256": hashlib.sha3_256,
    }
)
"""The algorithms by their names in ``ni`` URIs, the default first."""

_LEGACY: Final = "legacy-1.9.3"
_LABELS: Final = frozenset(profile.label for profile in PROFILES.values())

_hash_uri = re.compile(r"ni:///([a-z0-9-]{1,20});([0-9a-f]{64,128})\?ver=(CBV[0-9.]{1,10})").fullmatch


def event_hash(
    event: Event,
    *,
    version: str = "CBV2.0",
    algorithm: str = "sha-256",
    ignore: Iterable[str] = (),
    json_prefixes: Iterable[tuple[str, str]] | None = None,
) -> str:
    """The hash of an event as a ``ni`` URI, for example ``ni:///sha-256;1d5a…?ver=CBV2.0``.

    Args:
        event: Any event of the model.
        version: One of :data:`VERSIONS`.
        algorithm: One of :data:`ALGORITHMS`.
        ignore: Namespaces whose extensions are left out wherever they stand, for what repositories add to an event. The
            result is then no hash of the whole event, and nothing in the URI says so: say it beside it.
        json_prefixes: The event stands in a JSON document that declares these prefixes
            (:attr:`~epcis_kit.model.Document.namespaces`). It matters for ``legacy-1.9.3`` alone, which hashed such an
            event otherwise than its twin in XML.

    Raises:
        ValueError: An unknown version or algorithm.
    """
    digest = ALGORITHMS.get(algorithm)
    if digest is None:
        raise ValueError(f"Cannot hash with {shorten(algorithm)}: expected one of {', '.join(ALGORITHMS)}.")
    text = _writer(version, ignore, json_prefixes, marked=False).event(event)
    label = PROFILES[version].label
    return f"ni:///{algorithm};{digest(text.encode('utf-8', 'surrogatepass')).hexdigest()}?ver={label}"


def prehash(
    event: Event,
    *,
    version: str = "CBV2.0",
    join: str = "",
    ignore: Iterable[str] = (),
    json_prefixes: Iterable[tuple[str, str]] | None = None,
) -> str:
    r"""The canonical text that is hashed.

    Args:
        event: Any event of the model.
        version: One of :data:`VERSIONS`.
        join: What to put between the items for reading, for example ``"\n"``; the hash is of the text without it.
        ignore: Namespaces whose extensions are left out.
        json_prefixes: As for :func:`event_hash`.

    Raises:
        ValueError: An unknown version.
    """
    text = _writer(version, ignore, json_prefixes, marked=bool(join)).event(event)
    return text.replace("\0", join) if join else text


def is_event_hash(uri: str) -> bool:
    """True where ``uri`` is an event hash that :func:`matching_version` can decide."""
    match = _hash_uri(uri)
    return match is not None and match[1] in ALGORITHMS and match[3] in _LABELS


def matching_version(
    event: Event,
    uri: str,
    *,
    versions: Iterable[str] = VERSIONS,
    ignore: Iterable[str] = (),
    json_prefixes: Iterable[tuple[str, str]] | None = None,
) -> str | None:
    """The version under which ``event`` hashes to ``uri``; ``None`` where none does or ``uri`` is no event hash.

    Args:
        event: Any event of the model.
        uri: A ``ni`` URI, usually the ``eventID`` of the event.
        versions: The versions to try, in this order.
        ignore: As for :func:`event_hash`.
        json_prefixes: As for :func:`event_hash`; the hash of the twin in XML is tried too.
    """
    match = _hash_uri(uri)
    if match is None or match[1] not in ALGORITHMS:
        return None
    ignore = tuple(ignore)
    for version in versions:
        prefixes = None if json_prefixes is None or version != _LEGACY else tuple(json_prefixes)
        for tried in (None,) if prefixes is None else (prefixes, None):
            if event_hash(event, version=version, algorithm=match[1], ignore=ignore, json_prefixes=tried) == uri:
                return version
    return None


def _writer(
    version: str, ignore: Iterable[str], json_prefixes: Iterable[tuple[str, str]] | None, *, marked: bool
) -> Writer:
    if version not in PROFILES:
        raise ValueError(f"Cannot hash by version {shorten(version)}: expected one of {', '.join(VERSIONS)}.")
    if not ignore and (json_prefixes is None or version != _LEGACY):
        return writer_for(version, frozenset(), marked=marked)
    names = (ignore,) if isinstance(ignore, str) else ignore
    prefixes = None if json_prefixes is None or version != _LEGACY else tuple(json_prefixes)
    return writer_for(version, frozenset([name.rstrip("/#:") for name in names]), marked=marked, json_prefixes=prefixes)
