"""Rules about single identifiers: are they URIs, are GS1 keys well-formed, do they stand where they may?

Takes the identifiers of one event; yields problems. Guarantees: each identifier was understood once for all rules; keys
of others (``geo:``, private URNs, web addresses) are left alone; the cost is linear in the event.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch


@rule("ID-001")
def uris(look: Look) -> Iterator[Problem]:
    for mention in look.mentions:
        if mention.key.level == "opaque" and _URI(mention.text) is None:
            yield problem("default", mention.path, value=mention.text)


@rule("ID-002")
def gs1_keys(look: Look) -> Iterator[Problem]:
    for mention in look.mentions:
        if mention.key.problem is not None:
            yield problem("default", mention.path, value=mention.text, reason=mention.key.problem)


@rule("ID-008")
def instance_level(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.objects:
        level = mention.key.level
        if level in {"lot", "class"} and not (mention.field == "parentID" and level == "lot"):
            yield problem("default", mention.path, value=mention.text, level=level)


@rule("ID-009")
def class_level(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.classes:
        if mention.key.level == "instance" and mention.key.class_key is not None:
            yield problem("default", mention.path, value=mention.text)
