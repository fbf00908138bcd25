"""How the identifiers of a document are spelt when it is written: as they are, as EPC URNs, or as Digital Links.

Takes the name of a spelling; gives a function from one identifier to another, or ``None`` for "as they are".
Guarantees: only identifiers that are GS1 keys change; one that has no such form stays as it is, so nothing is lost and
nothing is guessed; each identifier is worked out once (they repeat a lot), with bounded memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from epcis_kit.errors import EncodeError, IdentifierError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.codec.protocols import DocumentWriter
    from epcis_kit.findings import Finding
    from epcis_kit.model import Document, Event, Part

__all__ = ["EpcSpelling", "Respelling", "as_link", "as_urn", "respelt", "speller"]

EpcSpelling: TypeAlias = Literal["as-is", "urn", "digital-link"]

_REMEMBERED: Final = 10_000
_TEXTS: Final = ("parent_id", "transformation_id")
_LISTS: Final = ("epc_list", "child_epcs", "input_epc_list", "output_epc_list")
_PARTS: Final = {
    "quantity_list": "epc_class",
    "child_quantity_list": "epc_class",
    "input_quantity_list": "epc_class",
    "output_quantity_list": "epc_class",
    "biz_transaction_list": "biz_transaction",
    "source_list": "source",
    "destination_list": "destination",
}
_PLACES: Final = ("read_point", "biz_location")


def as_urn(text: str, gcp_length: int | None = None) -> str | None:
    """The EPC URN of a Digital Link; the text itself where it is none; ``None`` where there is no URN for sure.

    Args:
        text: Any identifier.
        gcp_length: Digits of the GS1 company prefix; ``None`` looks it up.
    """
    if not text.startswith(("http:", "https:")):
        return text
    from epcis_kit.gs1 import link_to_urn, trace_key  # noqa: PLC0415 - loaded where a Digital Link is met

    key = trace_key(text)
    if key.level == "opaque":
        return text if key.problem is None else None
    try:
        return link_to_urn(text, gcp_length)
    except IdentifierError:
        return None


def as_link(text: str) -> str:
    """The Digital Link of an EPC URN; the text itself where there is none."""
    if not text.startswith("urn:epc:"):
        return text
    from epcis_kit.gs1 import urn_to_link  # noqa: PLC0415 - loaded where an EPC URN is met

    try:
        return urn_to_link(text)
    except IdentifierError:
        return text


def speller(spelling: str, gcp_length: int | None = None) -> Callable[[str], str] | None:
    """A function that spells identifiers in that way; ``None`` for ``"as-is"``.

    Raises:
        EncodeError: There is no such spelling.
    """
    if spelling == "as-is":
        return None
    if spelling not in {"urn", "digital-link"}:
        raise EncodeError(f"Cannot spell identifiers as {shorten(spelling)}: expected as-is, urn or digital-link.")
    known: dict[str, str] = {}

    def spelt(text: str) -> str:
        found = known.get(text)
        if found is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            found = (as_urn(text, gcp_length) or text) if spelling == "urn" else as_link(text)
            known[text] = found
        return found

    return spelt


def respelt(event: Event, spell: Callable[[str], str]) -> Event:
    """The event with its identifiers of objects, places, parties and transactions spelt by ``spell``."""
    state = event.__dict__
    changed: dict[str, object] = {}
    for name in _TEXTS:
        text = state.get(name)
        if text is not None:
            changed[name] = spell(text)
    for name in _LISTS:
        if state.get(name):
            changed[name] = tuple(map(spell, state[name]))
    for name, own in _PARTS.items():
        if state.get(name):
            changed[name] = tuple(_with(part, own, spell) for part in state[name])
    for name in _PLACES:
        if state.get(name) is not None:
            changed[name] = _with(state[name], "id", spell)
    return event.model_copy(update=changed) if changed else event


def _with(part: Part, name: str, spell: Callable[[str], str]) -> Part:
    text = getattr(part, name)
    other = spell(text)
    return part if other == text else part.model_copy(update={name: other})


class Respelling:
    """A writer that spells the identifiers of each event before another writer writes it.

    Attributes:
        losses: Those of the other writer.
    """

    def __init__(self, writer: DocumentWriter, spell: Callable[[str], str]) -> None:
        self._writer = writer
        self._spell = spell
        self.losses: list[Finding] = writer.losses

    def write(self, event: Event) -> None:
        """Write one event."""
        self._writer.write(respelt(event, self._spell))

    def flush(self) -> None:
        """Hand on what is held back."""
        self._writer.flush()

    def close(self, head: Document | None = None) -> None:
        """Write what stands after the events."""
        self._writer.close(head)
