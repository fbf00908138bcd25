"""Prefixes for namespaces, few and the same every time.

Takes the extensions of a document and the prefixes it declared; gives pairs of prefix and namespace. Guarantees: only
namespaces in use get a prefix; the document's own choice is kept where it is possible, then the prefix a name was read
with, then ``ns1``, ``ns2``, …; the same document gives the same pairs; no prefix is bound twice, and none of the
reserved ones is taken for another namespace.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.model.extensions import WELL_KNOWN_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OWN_NAMESPACE", "OWN_PREFIX", "Prefixes"]

OWN_PREFIX: Final = "ekx"
OWN_NAMESPACE: Final = "urn:x-epcis-kit:xml:"
"""Bound only where JSON has to say what only XML can say, or the other way round."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,30}").fullmatch
_RESERVED: Final = frozenset(
    {"xml", "xmlns", "xsi", "xsd", "http", "https", "urn", "ni", "geo", "data", "tel", "mailto"}
)


class Prefixes:
    """Prefixes in use, in the order of first use.

    Attributes:
        wishes: Namespace to the prefix that the document declared for it.
        bound: Namespace to the prefix it has got.
    """

    def __init__(
        self,
        declared: Iterable[tuple[str, str]] = (),
        *,
        fixed: Iterable[tuple[str, str]] = WELL_KNOWN_PREFIXES.items(),
        reserved: Iterable[str] = (),
    ) -> None:
        self.fixed = {namespace: prefix for prefix, namespace in fixed}
        self._taken = {*_RESERVED, OWN_PREFIX, *self.fixed.values(), *reserved}
        self._reserved: set[str] = set()
        self.wishes: dict[str, str] = {}
        for prefix, namespace in declared:
            self.wishes.setdefault(namespace, prefix)
        self.bound: dict[str, str] = {}
        self._count = 0

    def prefix(self, namespace: str, wish: str = "") -> str:
        """The prefix of ``namespace``; a new one is bound at the first call."""
        found = self.fixed.get(namespace) or self.bound.get(namespace)
        return self._bind(namespace, wish) if found is None else found

    def reserve(self, prefix: str) -> bool:
        """Keep ``prefix`` from being bound, because a name without a namespace begins so; false where it is bound."""
        if prefix in self._reserved:
            return True
        if prefix in self._taken:
            return prefix in _RESERVED - {"urn"}
        self._reserved.add(prefix)
        self._taken.add(prefix)
        return True

    def _bind(self, namespace: str, wish: str) -> str:
        if namespace == OWN_NAMESPACE:
            chosen = OWN_PREFIX
        else:
            candidates = (self.wishes.get(namespace, ""), wish)
            chosen = next((name for name in candidates if _NAME(name) and name not in self._taken), "")
        while not chosen:
            self._count += 1
            name = f"ns{self._count}"
            chosen = name if name not in self._taken and name not in self.wishes.values() else ""
        self._taken.add(chosen)
        self.bound[namespace] = chosen
        return chosen
