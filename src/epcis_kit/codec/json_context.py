"""What the names in a JSON document mean: prefixes and terms of ``@context``.

Takes the value of an ``@context`` member (addresses, objects, lists of both); gives a :class:`Context`, which
turns a JSON name into namespace, local name and prefix. Guarantees: nothing is fetched: the standard's own
addresses are known, any other address is kept for the document and its prefixes stay unknown; a name with an
unknown prefix keeps its whole text and has no namespace; later definitions win over earlier ones, and those of an
event over those of its document.
"""

from __future__ import annotations

import re
from typing import Any, Final

from epcis_kit.codec.json_fields import STANDARD_TERMS
from epcis_kit.codec.limits import DEFAULT_LIMITS
from epcis_kit.codec.namespaces import OWN_NAMESPACE
from epcis_kit.errors import shorten
from epcis_kit.model.extensions import WELL_KNOWN_PREFIXES

__all__ = ["STANDARD_CONTEXT", "Context"]

STANDARD_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The address that is written."""

_STANDARD: Final = re.compile(
    r"https?://(?:ref\.gs1\.org/standards/epcis/(?:[0-9.]{1,10}/)?|gs1\.github\.io/EPCIS/|ns\.gs1\.org/epcis/)"
    r"epcis-context(?:-[a-z]{1,20})?(?:\.jsonld)?"
).fullmatch

_OWN: Final = re.compile(r"https?://(?:ref|ns)\.gs1\.org/epcis/|https://gs1\.github\.io/EPCIS/").fullmatch
"""Namespaces of the standard's own terms, now and in drafts."""

_PREFIXES: Final = {
    **WELL_KNOWN_PREFIXES,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
_KEPT: Final = 10_000


class Context:
    """Names and what they mean.

    Attributes:
        terms: Prefixes and terms with what they stand for.
        vocab: What names without a prefix begin with (``@vocab``); ``""`` where nothing is said.
        declared: Prefixes and namespaces that the document itself binds, in order.
        addresses: Context addresses other than the standard's, in order; they are never fetched.
        own: True where the prefix of this library's own notes is bound.
        most: How deep extensions may be nested.
        faults: Sentences about members that are no context, with JSON pointers below ``@context``.
        unknown: Prefixes that names were met with and that nothing explains, in order; those of events are among them.
    """

    def __init__(self, outer: Context | None = None) -> None:
        self.terms: dict[str, str] = dict(_PREFIXES) if outer is None else dict(outer.terms)
        self.vocab: str = "" if outer is None else outer.vocab
        self.declared: dict[str, str] = {} if outer is None else dict(outer.declared)
        self.addresses: list[str] = []
        self.own: bool = False if outer is None else outer.own
        self.most: int = DEFAULT_LIMITS.max_depth if outer is None else outer.most
        self.faults: list[tuple[str, str]] = []
        self.unknown: dict[str, None] = {} if outer is None else outer.unknown
        self._names: dict[str, tuple[str, str, str]] = {}

    @classmethod
    def parse(cls, value: Any, outer: Context | None = None) -> Context:
        """The context of a document, or with ``outer`` that of an event in it."""
        context = cls(outer)
        context._add(value, "")
        return context

    def _add(self, value: Any, pointer: str) -> None:
        if isinstance(value, str):
            address = value.strip()
            if not _STANDARD(address) and address not in self.addresses:
                self.addresses.append(address)
        elif isinstance(value, dict):
            self._define(value, pointer)
        elif isinstance(value, list):
            for index, part in enumerate(value):
                self._add(part, f"{pointer}/{index}")
        elif value is not None:
            message = f"Cannot read @context {shorten(value)}: expected an address, an object or an array of them."
            self.faults.append((pointer, message))

    def _define(self, members: dict[str, Any], pointer: str) -> None:
        for name, value in members.items():
            meaning = value.get("@id", value.get("id")) if isinstance(value, dict) else value
            if name == "@vocab" and isinstance(meaning, str):
                self.vocab = meaning
            elif isinstance(meaning, str) and name in STANDARD_TERMS:
                self._keep(name, meaning, f"{pointer}/{name}")
            elif isinstance(meaning, str) and not name.startswith("@"):
                self._bind(name, self._expand(meaning))
            elif not isinstance(value, (dict, str, bool)) and value is not None:
                message = (
                    f"Cannot read the meaning of {shorten(name)} in @context: expected an address or an object, "
                    f"got {shorten(value)}."
                )
                self.faults.append((f"{pointer}/{name}", message))

    def _bind(self, name: str, meaning: str) -> None:
        self.terms[name] = meaning
        if _PREFIXES.get(name) != meaning:
            self.declared[name] = meaning
        self.own = self.own or meaning == OWN_NAMESPACE

    def _keep(self, name: str, meaning: str, pointer: str) -> None:
        """A term of the standard keeps its meaning, whatever a document says."""
        namespace, local = _cut(self._expand(meaning))
        own = local == name and _OWN(namespace) is not None
        if not own and meaning not in {f"@{name}", name}:
            message = (
                f"Cannot read the meaning of {name!r} in @context {shorten(meaning)}: expected the standard's own, "
                "as its terms cannot be defined anew; give a field of your own another name."
            )
            self.faults.append((pointer, message))

    def _expand(self, meaning: str) -> str:
        prefix, colon, rest = meaning.partition(":")
        return self.terms[prefix] + rest if colon and not rest.startswith("//") and prefix in self.terms else meaning

    def name(self, text: str) -> tuple[str, str, str]:
        """Namespace, local name and prefix of a JSON name."""
        found = self._names.get(text)
        if found is None:
            if len(self._names) >= _KEPT:
                self._names.clear()
            found = self._names[text] = self._split(text)
        return found

    def _split(self, text: str) -> tuple[str, str, str]:
        prefix, colon, local = text.partition(":")
        if not colon:
            if text in self.terms and not text.startswith("@"):
                namespace, name = _cut(self.terms[text])
                if name:
                    return namespace, name, ""
            return ("", text, "") if not self.vocab or text.startswith("@") else (self.vocab, text, "")
        if not local.startswith("//") and local:
            if text in self.terms:
                return (*_cut(self.terms[text]), "")
            if prefix in self.terms:
                return self.terms[prefix], local, prefix
            if prefix != "urn":
                self.unknown[prefix] = None
        if local.startswith("//") or prefix == "urn":
            namespace, name = _cut(text)
            if name:
                return namespace, name, ""
        return "", text, ""

    def clark(self, text: str) -> str:
        """A name as ``"{namespace}local"``; as written where it has no namespace."""
        namespace, name, _ = self.name(text)
        return f"{{{namespace}}}{name}" if namespace else text


def _cut(address: str) -> tuple[str, str]:
    """An address as namespace and local name, parted after the last ``/`` or ``#``, in a URN after the last ``:``."""
    cut = max(address.rfind("/"), address.rfind("#"))
    if cut < 0:
        cut = address.rfind(":")
    return address[: cut + 1], address[cut + 1 :]
