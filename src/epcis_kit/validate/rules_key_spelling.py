"""Rules about the identifiers of a document beside each other: one spelling, one company prefix, serial numbers.

Takes the identifiers of one event after the other; yields problems. Guarantees: what is remembered grows with the
classes of goods and the company prefixes of a document, never with its objects; the table of company prefixes is loaded
when a document has a key in EPC URN form, and asked once for each prefix.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.mentions import Mention
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_EPC: Final = "urn:epc:"
_COMPANY: Final = re.compile(r"urn:epc:(?:id|class|idpat):([a-z]+):([0-9]{6,12})\.").match
_NUMBER: Final = re.compile("([0-9]{1,18})$").search
_FIRST_DIGITS: Final = {"sscc": "00", "sgtin": "01", "lgtin": "01", "itip": "8006", "upui": "01", "cpi": "8010"}
_SHORTEST_LOT: Final = 4
_DEMO: Final = "952"  # kept for examples, and given to nobody


@rule("ID-010", moments=("event",), needs="fresh")
def one_spelling(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if "told" in memory:
        return
    for mention in look.mentions.fresh:
        if mention.key.level == "opaque":
            continue
        form = "urn" if mention.text[:4].lower() == "urn:" else "link"
        if form not in memory:
            memory[form] = (look.index, mention.path, mention.text)
            if len(memory) > 1:
                other = memory["link" if form == "urn" else "urn"]
                memory["told"] = True
                yield problem("default", mention.path, related=(other[:2],), value=mention.text, first=other[2])
                return


@rule("ID-011", needs="fresh")
def known_company_prefix(look: Look) -> Iterator[Problem]:
    seen: set[str] = look.shared.setdefault("companies", set())
    for mention in look.mentions.fresh:
        text = mention.text
        if mention.key.level == "opaque" or text[:8] != _EPC:
            continue
        dot = text.find(".")
        company = text[text.rfind(":", 0, dot) + 1 : dot]
        if company in seen:
            continue
        seen.add(company)
        if company.startswith(_DEMO):
            continue
        expected = _table_length(text)
        if expected is not None and expected != len(company):
            yield problem("default", mention.path, value=text, company=company, got=len(company), expected=expected)


def _table_length(text: str) -> int | None:
    from epcis_kit.gs1.prefixes import find_company_prefix_length  # noqa: PLC0415 - loads a table of 24 MB

    found = _COMPANY(text)
    if found is None:
        return None
    rest = text[found.end() :].partition(".")[0]
    return find_company_prefix_length("414", (found[2] + "".join(filter(str.isdigit, rest))).ljust(13, "0"))


@rule("ID-012", moments=("event",), needs="fresh")
def one_split(look: Look) -> Iterator[Problem]:
    memory = look.memory
    for mention in look.mentions.fresh:
        class_key, text = mention.key.class_key, mention.text
        if class_key is None or text[:8] != _EPC:
            continue
        dot = text.find(".")
        company = text[text.rfind(":", 0, dot) + 1 : dot]
        first = memory.get(class_key)
        if first is None:
            memory[class_key] = (company, look.index, mention.path, text)
        elif first[0] != company and first[0] is not None:
            memory[class_key] = (None, *first[1:])  # said once
            yield problem("default", mention.path, related=(first[1:3],), value=text, first=first[3])


@rule("ID-015", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def serials_not_guessable(look: Look) -> Iterator[Problem]:
    event: Any = look.event
    if event.type == "ObjectEvent" and event.action != "ADD":
        return
    if len(look.mentions.objects) < 2 and event.ilmd is None:
        return
    made = [mention for mention in look.mentions.objects if mention.field in {"epcList", "outputEPCList"}]
    by_class: dict[str, list[Mention]] = {}
    for mention in made:
        if mention.key.class_key is not None and mention.key.class_key not in look.memory:
            by_class.setdefault(mention.key.class_key, []).append(mention)
    lot = _lot(event) if by_class else ""
    for class_key, mentions in by_class.items():
        serials = [mention.key.key[len(class_key) :].rpartition("/")[2] for mention in mentions]
        if len(lot) >= _SHORTEST_LOT and all(lot in serial for serial in serials):
            look.memory[class_key] = True
            yield problem("lot", mentions[0].path, value=mentions[0].text, lot=lot)
        elif len(serials) >= look.parameters["min_run"] and _is_run(serials):
            look.memory[class_key] = True
            yield problem("run", mentions[0].path, value=mentions[0].text, last=serials[-1], count=len(serials))


def _is_run(serials: list[str]) -> bool:
    numbers = []
    for serial in serials:
        found = _NUMBER(serial)
        if found is None:
            return False
        numbers.append(int(found[1]))
    return all(second - first == 1 for first, second in itertools.pairwise(numbers))


def _lot(event: Any) -> str:
    for extension in event.ilmd or ():
        if extension.name in {"lotNumber", "batchOrLotNumber", "lot"}:
            return str(extension.text).strip()
    return ""
