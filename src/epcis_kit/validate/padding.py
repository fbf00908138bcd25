"""White space around identifiers and words of an XML document, which readers take away.

Takes the bytes of a document; gives findings of the rule ``ID-006`` with line and column. Guarantees: the document is
looked through in pieces, in linear time; a document without white space between a tag and a text is only cut at its
white space, which is many times faster; only elements that hold identifiers or words of the standard are looked at;
what is not XML gives nothing.
"""

from __future__ import annotations

import codecs
import itertools
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.codec.detection import detect
from epcis_kit.codec.sources import open_source
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.catalogue import fill
from epcis_kit.validate.rule_table import find_rule
from epcis_kit.validate.rules import problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source

__all__ = ["PADDED", "padded"]

PADDED: Final = "ID-006"
"""The rule of the findings."""

_PIECE: Final = 1 << 20
_LONGEST: Final = 4096
_FOUND: Final = re.compile(
    r"<(?:(?P<event>(?:Object|Aggregation|Transaction|Transformation|Association|Quantity)Event)[\s/>]"
    r"|(?P<name>epc|epcClass|parentID|bizStep|disposition|id|eventID|bizTransaction|source|destination|action)"
    r"(?:\s[^<>]{0,500})?>(?=[\s]|[^<>\s]{1,600}\s)(?P<value>[^<>]{1,1000})</)"
)


def padded(source: Any, options: ReadOptions) -> Iterator[Finding]:
    """The findings of an XML source; nothing for others and for what cannot be decoded."""
    with open_source(source, limits=options.limits, file=options.file) as opened:
        detected = detect(opened)
        if detected.format != "xml":
            return
        opened.mark()
        if not any(_may_be_padded(text) for text, _ in _windows(opened, detected)):
            return
        opened.rewind()
        line, start, event = 1, 0, -1
        for text, keep in _windows(opened, detected):
            at = 0
            for match in _FOUND.finditer(text):
                if match.start() >= keep:
                    break
                line, start = _moved(text, at, match.start(), line, start)
                at = match.start()
                if match["event"] is not None:
                    event += 1
                elif match["value"] != match["value"].strip() and match["value"].strip():
                    yield _finding(match, line, match.start() - start + 1, event, options.file)
            line, start = _moved(text, at, keep, line, start)
            start -= keep


def _windows(opened: Source, detected: Detected) -> Iterator[tuple[str, int]]:
    """The text in pieces, each with the number of characters that the next one does not begin with again."""
    decoder = codecs.getincrementaldecoder(detected.encoding)(errors="replace")
    opened.read(detected.mark)
    text = ""
    while True:
        data = opened.read(_PIECE)
        text += decoder.decode(data, final=not data)
        keep = len(text) if not data else max(len(text) - _LONGEST, 0)
        yield text, keep
        if not data:
            return
        text = text[keep:]


def _may_be_padded(text: str) -> bool:
    """Whether white space stands between a tag and a text somewhere; between two tags it is only layout."""
    return any(
        (before[-1] == ">") != (after[0] == "<") and (before[-1] == ">" or after[:2] == "</")
        for before, after in itertools.pairwise(text.split())
    )


def _moved(text: str, before: int, to: int, line: int, start: int) -> tuple[int, int]:
    lines = text.count("\n", before, to)
    return (line + lines, text.rfind("\n", before, to) + 1) if lines else (line, start)


def _finding(match: re.Match[str], line: int, column: int, event: int, file: str | None) -> Finding:
    rule = find_rule(PADDED)
    assert rule is not None
    found = problem("default", value=match["value"])
    return Finding(
        rule=PADDED,
        severity=rule.severity,
        layer=rule.layer,
        message=fill(rule.messages["default"], dict(found.parameters)),
        hint=rule.hint,
        location=Location(file=file, line=line, column=column, event_index=event if event >= 0 else None),
        parameters=found.parameters,
        key="default",
    )
