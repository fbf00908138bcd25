"""Rules about the words of events: those in the namespace of the CBV are words of the CBV, and not of a later version.

Takes one event; yields problems. Guarantees: words of one's own (any other URI) are left alone, and so are those that
the profile allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit import vocab
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.validate.rules import Look, Problem
    from epcis_kit.vocab import Kind

__all__: list[str] = []

_CBV: Final = ("urn:epcglobal:cbv:", "https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/", "cbv:")
_LONGEST: Final = 60
_NEW_FIELDS: Final = (
    ("sensor_element_list", "sensorElementList"),
    ("persistent_disposition", "persistentDisposition"),
    ("certification_info", "certificationInfo"),
)


def _used(event: Event) -> Iterator[tuple[str, Kind, str | None]]:
    """Every word of the event that is of a CBV list, with its place."""
    yield "bizStep", "biz_step", event.biz_step
    yield "disposition", "disposition", event.disposition
    if event.persistent_disposition is not None:
        for index, word in enumerate(event.persistent_disposition.set):
            yield f"persistentDisposition/set/{index}", "disposition", word
        for index, word in enumerate(event.persistent_disposition.unset):
            yield f"persistentDisposition/unset/{index}", "disposition", word
    for index, transaction in enumerate(event.biz_transaction_list):
        yield f"bizTransactionList/{index}/type", "biz_transaction_type", transaction.type
    for index, source in enumerate(event.source_list):
        yield f"sourceList/{index}/type", "source_dest_type", source.type
    for index, destination in enumerate(event.destination_list):
        yield f"destinationList/{index}/type", "source_dest_type", destination.type
    if event.error_declaration is not None:
        yield "errorDeclaration/reason", "error_reason", event.error_declaration.reason


@rule("EVT-023")
def not_newer_than_the_document(look: Look) -> Iterator[Problem]:
    version = look.document.version
    if version[:1] != "1":
        return
    event = look.event
    if event.type == "AssociationEvent":
        yield problem("default", "", value=event.type, version=version)
    for field, name in _NEW_FIELDS:
        if getattr(event, field):
            yield problem("default", name, value=name, version=version)
    for path, kind, word in _used(event):
        if word is not None and vocab.since(kind, word) == "2.0":
            yield problem("word", path, value=word, version=version)


@rule("EVT-011")
def words(look: Look) -> Iterator[Problem]:
    good: set[tuple[str, str]] = look.memory.setdefault("good", set())
    for path, kind, word in _used(look.event):
        if word is None or (kind, word) in good:
            continue
        if vocab.is_term(kind, word, look.edition):
            good.add((kind, word))
            continue
        if (":" in word and not word.startswith(_CBV)) or word in look.vocabulary.get(kind, ()):
            continue
        near = vocab.suggest(kind, re.split(r"[:/-]", word)[-1][:_LONGEST])
        if near:
            yield problem("near", path, value=word, expected=near)
        else:
            yield problem("default", path, value=word)
