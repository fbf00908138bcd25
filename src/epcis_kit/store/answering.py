"""Answers that are put together above a backend: tokens of pages, and master data from several documents.

Takes queries and what a backend finds; gives tokens and elements. Guarantees: a token belongs to one query and says
where the page ended, and a damaged one or one of another query is refused; no answer depends on the order in which
documents were captured.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit.errors import QueryError, shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.query.matching import attribute_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import VocabularyElement
    from epcis_kit.query import MasterDataQuery, Query
    from epcis_kit.store.backend import Backend

__all__ = ["Position", "answer_master_data", "make_token", "query_digest", "read_token"]

_LONGEST: Final = 200


class Position(NamedTuple):
    """Where a page ended.

    Attributes:
        after: Number of its last event.
        ceiling: The greatest number of an event when the first page was made.
        given: How many events all pages so far had.
    """

    after: int
    ceiling: int
    given: int


def query_digest(query: Query) -> str:
    """What tells one query from another."""
    plain = json.dumps(query.as_parameters(), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(plain.encode(), digest_size=9).hexdigest()


def make_token(after: int, ceiling: int, given: int, digest: str) -> str:
    """The token that asks for the page after this one."""
    plain = f"{after}.{ceiling}.{given}.{digest}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_token(token: str, digest: str) -> Position:
    """Where the page ended that gave this token.

    Raises:
        QueryError: The token is damaged, or of another query.
    """
    fault = QueryError(f"Cannot use nextPageToken {shorten(token)}: expected a token that an earlier page gave.")
    if len(token) > _LONGEST or not token.isascii():
        raise fault
    try:
        parts = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii").split(".")
        after, ceiling, given = (int(part) for part in parts[:3])
    except (ValueError, binascii.Error):
        raise fault from None
    if len(parts) != 4 or not all(0 <= number < 1 << 63 for number in (after, ceiling, given)):
        raise fault
    if parts[3] != digest:
        raise QueryError(
            f"Cannot use nextPageToken {shorten(token)}: expected a token of this query, got one of another query."
        )
    return Position(after, ceiling, given)


def answer_master_data(backend: Backend, query: MasterDataQuery) -> Iterator[tuple[str, VocabularyElement]]:
    """The elements that match, by type and identifier; see ``Store.query_master_data``."""
    keyed = query.__class__(
        names=tuple(trace_key(text).key for text in query.names),
        within=tuple(trace_key(text).key for text in query.within),
    )
    found = []
    for kind, key in backend.described(keyed):
        if query.vocabulary_names and kind not in query.vocabulary_names:
            continue
        elements = [element for type_, element in backend.master_data(key) if type_ == kind]
        element = _merged(elements)
        if _fits(element, query):
            found.append((kind, _shown(element, query)))
            if query.refuse_beyond is not None and len(found) > query.refuse_beyond:
                raise QueryError(
                    f"Cannot answer the query: expected at most {query.refuse_beyond} elements (maxElementCount), "
                    "got more."
                )
    return iter(found)


def _merged(elements: list[VocabularyElement]) -> VocabularyElement:
    """One element of several that describe one thing; the first counts most."""
    first, *others = elements
    if not others:
        return first
    attributes = list(first.attributes)
    children = list(first.children)
    for other in others:
        known = {attribute.id for attribute in attributes}
        attributes += [attribute for attribute in other.attributes if attribute.id not in known]
        children += [child for child in other.children if child not in children]
    return first.model_copy(update={"attributes": tuple(attributes), "children": tuple(children)})


def _fits(element: VocabularyElement, query: MasterDataQuery) -> bool:
    if query.has_attributes and not any(attribute_named(element, name) for name in query.has_attributes):
        return False
    return all(not set(values).isdisjoint(attribute_named(element, name)) for name, values in query.equal_attributes)


def _shown(element: VocabularyElement, query: MasterDataQuery) -> VocabularyElement:
    attributes = element.attributes if query.include_attributes else ()
    if query.attribute_names:
        attributes = tuple(
            attribute
            for attribute in attributes
            if any(
                attribute.id == name or attribute.id.endswith((f"#{name}", f":{name}", f"/{name}"))
                for name in query.attribute_names
            )
        )
    children = element.children if query.include_children else ()
    if attributes == element.attributes and children == element.children:
        return element
    return element.model_copy(update={"attributes": attributes, "children": children})
