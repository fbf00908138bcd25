"""What may be mended without a guess: which fields, and what becomes of their text.

Takes the place of a text inside an event (JSON names, numbers as ``*``) and the text; gives the text as it should be.
Guarantees: white space around identifiers and words goes, offsets that say the same in another form get the form
``±hh:mm``, and words of the CBV with another prefix get the prefix of the format; a word must be a term of the CBV as
it stands, letter by letter: nothing is corrected that could mean something else, least of all a check digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from epcis_kit.vocab import is_term, to_bare, to_urn, to_web_uri

if TYPE_CHECKING:
    from epcis_kit.vocab import Kind

__all__ = ["FIELDS", "Style", "mended"]

Style = Literal["bare", "urn", "uri"]
"""How words of the CBV are spelt: bare in JSON, as URN in XML 1.x, as URN or web URI in XML 2.0."""

_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_AMOUNTS: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")

FIELDS: Final[dict[str, Kind | Literal["", "offset"]]] = {
    "eventID": "",
    "action": "",
    "eventTimeZoneOffset": "offset",
    "bizStep": "biz_step",
    "disposition": "disposition",
    "persistentDisposition/set/*": "disposition",
    "persistentDisposition/unset/*": "disposition",
    "readPoint/id": "",
    "bizLocation/id": "",
    "parentID": "",
    "transformationID": "",
    "epcClass": "",  # QuantityEvent of EPCIS 1.0
    **{f"{name}/*": "" for name in _LISTS},
    **{f"{name}/*/{part}": "" for name in _AMOUNTS for part in ("epcClass", "uom")},
    "bizTransactionList/*/bizTransaction": "",
    "bizTransactionList/*/type": "biz_transaction_type",
    "sourceList/*/source": "",
    "sourceList/*/type": "source_dest_type",
    "destinationList/*/destination": "",
    "destinationList/*/type": "source_dest_type",
    "errorDeclaration/reason": "error_reason",
    "errorDeclaration/correctiveEventIDs/*": "",
}
"""Places inside an event that may be mended, with the list of CBV words that stands there."""

_SPACE: Final = " \t\r\n"
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?")
_LONGEST: Final = 300
_WORD: Final = re.compile(r"(?P<prefix>[A-Za-z][A-Za-z0-9:/._-]*[:-])?(?P<word>[a-z0-9_]+)")


def mended(place: str, text: str, style: Style) -> str:
    """The text as it should stand at ``place``; the same where there is nothing to mend without a guess."""
    kind = FIELDS.get(place)
    if kind is None:
        return text
    plain = text.strip(_SPACE)
    if not plain:
        return text  # nothing but space says something else than nothing
    if kind == "offset":
        return _offset(plain)
    return _word(kind, plain, style) if kind else plain


def _offset(text: str) -> str:
    if text in {"Z", "z"}:
        return "+00:00"
    found = _OFFSET.fullmatch(text)
    if found is None:
        return text
    sign, hours, minutes = found[1], found[2], found[3] or "00"
    if int(hours) > 14 or int(minutes) > 59 or (int(hours) == 14 and minutes != "00"):
        return text
    return f"{sign}{hours}:{minutes}"


def _word(kind: Kind, text: str, style: Style) -> str:
    """A term of the CBV in the spelling of the format; anything else as it is."""
    if len(text) > _LONGEST:
        return text
    found = _WORD.fullmatch(text)
    if found is None or not is_term(kind, found["word"]):
        return text
    bare = found["word"]
    if found["prefix"] is not None and not _is_prefix(kind, bare, text):
        return text
    if style == "bare":
        return bare
    return to_web_uri(kind, bare) if style == "uri" and text.startswith("http") else to_urn(kind, bare)


def _is_prefix(kind: Kind, bare: str, text: str) -> bool:
    """Whether what stands before the word is one of the prefixes of its list, in any casing."""
    if to_bare(kind, text) == bare:
        return True
    start = text[: -len(bare)].casefold().replace("http://", "https://", 1)
    urn = to_urn(kind, bare)[: -len(bare)].casefold()
    if start == urn:
        return True
    web = to_web_uri(kind, bare)[: -len(bare)].casefold()
    return start in {web, f"cbv:{web.rpartition('/')[2]}"}
