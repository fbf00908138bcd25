"""Paths of findings: what a rule calls a place, and how one step of a path is matched.

Takes the paths that findings carry (``epcList/0`` inside an event, ``epcisHeader/…`` in the document, JSON pointers,
XPaths); gives steps, and says which name a step means. Guarantees: names are compared as written first, then by their
local part without regard to case, because the same place is called ``epcisHeader`` in JSON and ``EPCISHeader`` in XML,
and a prefix is whatever the document chose.
"""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple

from epcis_kit.codec.dialects import FIELDS, LISTS

__all__ = ["CONTAINERS", "RENAMED", "Step", "json_steps", "local_part", "matches", "xpath_steps"]

CONTAINERS: Final = frozenset({
    *(name for name, field in FIELDS.items() if field.kind in LISTS),
    "correctiveEventIDs", "vocabularyList", "vocabularyElementList", "children",
})  # fmt: skip
"""Members that are lists in JSON and one element around the items in XML; other lists are elements that repeat."""

RENAMED: Final = {"attributes": "attribute"}
"""What JSON calls another name than XML does."""

_PARTY: Final = ("EPCISHeader", "StandardBusinessDocumentHeader")
_IN_XML: Final[dict[str, tuple[str, ...]]] = {
    "@context": (),
    "type": (),
    "schemaVersion": ("@schemaVersion",),
    "creationDate": ("@creationDate",),
    "sender": (*_PARTY, "Sender", "Identifier"),
    "receiver": (*_PARTY, "Receiver", "Identifier"),
    "instanceIdentifier": (*_PARTY, "DocumentIdentification", "InstanceIdentifier"),
}
_STEP: Final = re.compile(r"(@?)([^\[\]/]+)(?:\[([0-9]+)\])?\Z").match
_NUMBER: Final = re.compile(r"[0-9]{1,9}\Z").match


class Step(NamedTuple):
    """One step of an XPath.

    Attributes:
        name: Name of an element or attribute, ``"*"`` for any element.
        number: The one-based number among the elements of that name.
        attribute: Whether it is an attribute.
    """

    name: str
    number: int = 1
    attribute: bool = False


@functools.lru_cache(maxsize=4096)
def local_part(name: str) -> str:
    """The name without prefix or namespace, in small letters."""
    return re.split(r"[}:#/]", name)[-1].lower()


def matches(wanted: str, name: str) -> bool:
    """Whether ``name`` is what a step wants."""
    return wanted in {name, "*"} or local_part(wanted) == local_part(name)


def json_steps(path: str) -> tuple[str | int, ...]:
    """The steps of a path in JSON names, with or without a slash before it; numbers are those of items."""
    if path in {"", "/"}:
        return ()
    parts = path.removeprefix("/").split("/")
    return tuple(int(each) if _NUMBER(each) else each.replace("~1", "/").replace("~0", "~") for each in parts)


def xpath_steps(path: str) -> tuple[Step, ...]:
    """The steps of an XPath as libxml2 and our readers write it; what it is not is left out."""
    found = []
    for part in path.strip("/").split("/"):
        step = _STEP(part)
        if step is not None:
            found.append(Step(step[2], int(step[3] or 1), bool(step[1])))
    return tuple(found)


def head_steps(path: str) -> tuple[Step, ...]:
    """The steps in XML, below the root, of a path in JSON names around the events."""
    steps = list(json_steps(path))
    if steps and isinstance(steps[0], str) and steps[0] in _IN_XML:
        names = _IN_XML[steps[0]]
        return tuple(Step(each.removeprefix("@"), attribute=each.startswith("@")) for each in names)
    found: list[Step] = []
    for at, step in enumerate(steps):
        before = steps[at - 1] if at else None
        if isinstance(step, int):
            if before in CONTAINERS:
                found.append(Step("*", step + 1))
            elif found:
                found[-1] = found[-1]._replace(number=step + 1)
        elif step == "epcisMasterData":
            found += [Step("extension"), Step("EPCISMasterData")]
        elif step in {"id", "type"} and isinstance(before, int):
            found.append(Step(step, attribute=True))
        elif not (step == "attribute" and isinstance(before, int)):
            found.append(Step(RENAMED.get(step, step)))
    return tuple(found)
