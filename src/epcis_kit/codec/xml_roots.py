"""Root elements of EPCIS XML, and parsers that are safe for documents of strangers.

Takes limits, and the root element as the parser met it; gives a parser, the row of the table of roots, or the error
that says what the document is instead. Guarantees: no entity is expanded, no DTD loaded, no network touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.dialects import CAPTURE, ROOTS, Root
from epcis_kit.codec.limits import DEFAULT_LIMITS, Limits
from epcis_kit.errors import DocumentError, UnsupportedVersionError, shorten

if TYPE_CHECKING:
    from lxml import etree

    from epcis_kit.findings import Location

__all__ = ["has_declarations", "known_root", "new_parser"]

_LIBXML_DEPTH: Final = 256


def new_parser(limits: Limits, tag: str | None = None) -> etree.XMLPullParser[Any]:
    """A parser that tells when an element called ``tag`` (or any) begins, and leaves out what is no content."""
    from lxml import etree  # noqa: PLC0415 - heavy

    return etree.XMLPullParser(
        events=("start",),
        tag=tag,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=limits.max_depth > _LIBXML_DEPTH or limits.max_text > DEFAULT_LIMITS.max_text,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )


def has_declarations(root: Any) -> bool:
    """Whether the document has a DOCTYPE that declares something or refers to something outside."""
    info = root.getroottree().docinfo
    dtd = info.internalDTD
    if dtd is None:
        return False
    declared = any(True for _ in dtd.iterentities()) or any(True for _ in dtd.iterelements())
    return declared or bool(info.public_id or info.system_url)


def known_root(root: Any, place: Location) -> Root:
    """The row of a root element.

    Raises:
        DocumentError: It is no document that holds events or master data.
        UnsupportedVersionError: It is one of a version or namespace that is not known.
    """
    found = ROOTS.get(str(root.tag))
    if found is not None:
        return found
    namespace, _, name = str(root.tag).rpartition("}")
    namespace = namespace.removeprefix("{")
    kinds = "EPCISDocument, EPCISQueryDocument or EPCISMasterDataDocument"
    if name in CAPTURE:
        raise DocumentError(f"Cannot read the document: expected {kinds}, got {name}, {CAPTURE[name]}.", place)
    if name in {root.kind for root in ROOTS.values()}:
        wanted = " or ".join(
            sorted(repr(tag[1:].partition("}")[0]) for tag, each in ROOTS.items() if each.kind == name)
        )
        got = shorten(namespace) if namespace else "no namespace"
        raise UnsupportedVersionError(f"Cannot read {name}: expected the namespace {wanted}, got {got}.", place)
    got = f"{shorten(name)} in the namespace {shorten(namespace)}" if namespace else shorten(name)
    raise DocumentError(f"Cannot read the document: expected {kinds} as its root element, got {got}.", place)
