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

__all__ = ["EpcSpelling", "as_link", "as_urn", "speller"]

EpcSpelling: TypeAlias = Literal["as-is", "urn", "digital-link"]

_REMEMBERED: Final = 10_000


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
