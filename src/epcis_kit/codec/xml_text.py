"""Characters, names and prefixes of the XML that we write.

Takes texts and names; gives their spelling in XML. Guarantees: what is written is well-formed whatever the text says; a
name or namespace that XML cannot spell is told apart by :func:`is_name` and :func:`is_namespace` before it is written;
prefixes are few and stable (:class:`Names`).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.codec.dialects import CARRIED, EKX, EPCIS_NAMESPACES, SBDH, XML, XSD, XSI
from epcis_kit.codec.namespaces import Prefixes
from epcis_kit.model import WELL_KNOWN_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIXED", "Names", "attribute_text", "cleaned", "content_text", "holds", "is_name", "is_namespace"]

FIXED: Final = {"xml": XML, "xsi": XSI, "xsd": XSD, "sbdh": SBDH, "ekx": EKX, "ekc": CARRIED}
"""Prefixes that always mean the same; declared only where they are used."""

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = re.compile(f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]{{0,999}}").fullmatch
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{0,2000}").fullmatch
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})").search
_UNBOUND: Final = frozenset({*EPCIS_NAMESPACES, XML, "http://www.w3.org/2000/xmlns/"})
_CONTROLS: Final = bytes(code for code in range(32) if code not in {9, 10, 13})
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())


def content_text(text: str) -> str:
    """Text between tags."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return text


def attribute_text(text: str) -> str:
    """Text between double quotes; white space stays what it is."""
    text = content_text(text)
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "\n" in text:
        text = text.replace("\n", "&#10;")
    if "\t" in text:
        text = text.replace("\t", "&#9;")
    return text


def holds(data: bytes) -> bool:
    """True where every character of a piece of XML is one that XML may hold."""
    if len(data.translate(None, _CONTROLS)) != len(data):
        return False
    return data.isascii() or not any(each in data for each in _NONCHARACTERS)


def cleaned(text: str) -> str:
    """The text with U+FFFD in the place of each character that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


@functools.lru_cache(maxsize=4096)
def is_name(name: str) -> bool:
    """True for a name without a colon that an element or attribute may have."""
    return _NAME(name) is not None


@functools.lru_cache(maxsize=4096)
def is_namespace(uri: str) -> bool:
    """True for a namespace that foreign names may be in and that parsers take for a URI."""
    return _URI(uri) is not None and _BAD_ESCAPE(uri) is None and uri.count("#") < 2 and uri not in _UNBOUND


class Names:
    """Prefixes of one document: those declared on its root, and those each piece needs beside them.

    Args:
        declared: Prefixes and namespaces that the document asks for; they are declared on the root.
        taken: Prefixes that mean something else in this document.
        whole: The root is written last and declares everything that is used, and nothing else.
    """

    def __init__(self, declared: Iterable[tuple[str, str]], taken: Iterable[str], *, whole: bool = False) -> None:
        wishes = [(prefix, uri) for prefix, uri in declared if is_namespace(uri) and uri not in FIXED.values()]
        self._prefixes = Prefixes(
            [*wishes, *WELL_KNOWN_PREFIXES.items()],
            fixed=[(prefix, uri) for prefix, uri in FIXED.items()],
            reserved=taken,
        )
        self.on_root: dict[str, str] = {}
        self._whole = whole
        for prefix, uri in () if whole else wishes:
            self.on_root.setdefault(uri, self._prefixes.prefix(uri, prefix))
        self.late: dict[str, str] = {}

    def qualified(self, namespace: str, name: str, wish: str = "") -> str:
        """``prefix:name``; the prefix is among :attr:`late` where the root does not declare it."""
        if not namespace:
            return name
        prefix = self.on_root.get(namespace)
        if prefix is None:
            prefix = self._prefixes.prefix(namespace, wish)
            if prefix != "xml":
                (self.on_root if self._whole else self.late)[namespace] = prefix
        return f"{prefix}:{name}"

    def take_late(self) -> dict[str, str]:
        """Namespaces and prefixes used since the last call that the root does not declare."""
        late, self.late = self.late, {}
        return late


def declarations(pairs: Iterable[tuple[str, str]]) -> str:
    """``xmlns`` attributes of pairs of namespace and prefix, with a space before each."""
    return "".join(f' xmlns:{prefix}="{attribute_text(uri)}"' for uri, prefix in pairs)
