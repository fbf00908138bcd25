"""The shape of an XML document, told by an XML Schema.

Takes the bytes of a source and where to find schemas (ours, or files of the user's own); gives a finding for each fault
and the number of events. Guarantees: schemas import only files from the folder they lie in, whatever address they name,
and nothing is fetched; each is made ready once; the document is parsed as safely as anywhere else in this library
(no entities, no DTD, no network). Which schema is asked is told by the namespace of the root: documents of 1.0, 1.1
and 1.2 share one, and the schema of 1.2 answers for all three.

Our own schemas are asked about a chunk of events at a time (:mod:`~epcis_kit.validate.schema_xml_walk`), so that memory
does not grow with the document; with files of the user's own, who may ask anything, it is held in memory whole.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from epcis_kit._resources import data_path
from epcis_kit.codec.dialects import CAPTURE, NAMESPACES
from epcis_kit.codec.limits import exceeded
from epcis_kit.codec.sources import CHUNK
from epcis_kit.codec.xml_prolog import DoctypeFault, find_doctype
from epcis_kit.errors import DocumentError, QueryError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault
from epcis_kit.validate.schema_xml_faults import local
from epcis_kit.validate.schema_xml_walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from lxml import etree

    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.sources import Source

__all__ = ["XmlSchemas", "load_schema", "own_xml_schemas", "xml_findings"]

_BATCH: Final = 4 * CHUNK
_ROOT: Final = (
    "EPCISDocument, EPCISQueryDocument or EPCISMasterDataDocument in a namespace of EPCIS such as "
    "'urn:epcglobal:epcis:xsd:2'"
)

_NAMES: Final = {"EPCISDocument": "epcis", "EPCISQueryDocument": "query", "EPCISMasterDataDocument": "masterdata"}
_ROOT_NAMES: Final = tuple(f"{{*}}{name}" for name in (*_NAMES, *CAPTURE))
_FILES: Final = {
    uri: f"{_NAMES[kind]}-{'1.x' if version == '1.2' else version}.xsd"
    for version, kinds in NAMESPACES.items()
    for kind, uri in kinds.items()
}


class XmlSchemas:
    """Schemas by the namespace of the root element, each made ready when it is first asked.

    Args:
        paths: Namespace to the file that declares its root elements.
        load: Makes one ready.
        by_chunks: Whether they may be asked about some events at a time.
    """

    def __init__(
        self, paths: dict[str, Path], load: Callable[[Path], etree.XMLSchema], *, by_chunks: bool = False
    ) -> None:
        self.by_chunks = by_chunks
        self._paths = paths
        self._load = functools.cache(load)

    def of(self, namespace: str) -> etree.XMLSchema | None:
        """The schema for roots of ``namespace``, ``None`` where there is none."""
        path = self._paths.get(namespace)
        return None if path is None else self._load(path)


def load_schema(path: Path) -> etree.XMLSchema:
    """The schema in the file ``path``; what it imports is taken from the same folder, by the last part of its address.

    Raises:
        QueryError: The file, or one that it imports, is no schema or is not there.
    """
    from lxml import etree  # noqa: PLC0415 - heavy

    class Neighbours(etree.Resolver):
        """Finds every file in the folder of the schema, and nothing outside."""

        def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002
            name = (system_url or "").replace("\\", "/").rpartition("/")[2].lower()
            found = next((each for each in sorted(path.parent.iterdir()) if each.name.lower() == name), None)
            if found is None:
                return self.resolve_string("<missing/>", context)  # type: ignore[attr-defined, unused-ignore]
            return self.resolve_string(found.read_bytes(), context, base_url=str(found))  # type: ignore[attr-defined, unused-ignore]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(Neighbours())
    try:
        return etree.XMLSchema(etree.fromstring(path.read_bytes(), parser, base_url=str(path)))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise QueryError(f"Cannot use the schema {path.name!r}: {shorten(str(error), 300)}") from None


@functools.cache
def own_xml_schemas() -> XmlSchemas:
    """The schemas that ship with the library."""
    folder = data_path("schemas/xml")
    return XmlSchemas({namespace: folder / name for namespace, name in _FILES.items()}, load_schema, by_chunks=True)


def xml_findings(source: Source, schemas: XmlSchemas, options: ReadOptions) -> Generator[Finding, None, int]:
    """The findings of an XML document; returns how many events it holds.

    What was found before the text turns out to be no XML is given too.

    Raises:
        DocumentError: It is no XML, its DOCTYPE is refused, or one event is too large.
        QueryError: The schemas cannot be used.
    """
    from lxml import etree  # noqa: PLC0415 - heavy

    name = options.file or source.name
    try:
        find_doctype(source)
    except DoctypeFault as refused:
        raise DocumentError(str(refused), Location(file=name, line=refused.line, column=refused.column)) from None
    parser = _parser()
    walk: Walk | None = None
    waiting = done = 0
    try:
        while data := source.read(CHUNK):
            parser.feed(data)
            waiting += len(data)
            if walk is None:
                root = next((each for _, each in parser.read_events()), None)
                if root is None or root.getparent() is not None:
                    if waiting > options.limits.max_event_bytes + _BATCH and schemas.by_chunks:
                        raise exceeded("max_event_bytes", options.limits.max_event_bytes, Location(file=name))
                    continue
                schema = schemas.of(_namespace(root))
                if schema is None:
                    yield _unknown_root(root)
                    return 0
                walk = Walk(root, schema)
            if waiting < _BATCH or not schemas.by_chunks:
                continue
            yield from walk.chunk()
            if walk.progress > done:
                waiting, done = 0, walk.progress
            elif waiting > options.limits.max_event_bytes + _BATCH:
                raise exceeded("max_event_bytes", options.limits.max_event_bytes, Location(file=name))
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error, name) from None
    if walk is None:
        schema = schemas.of(_namespace(root))
        if schema is None:
            yield _unknown_root(root)
            return 0
        walk = Walk(root, schema)
    yield from walk.end()
    return walk.events


def _namespace(root: Any) -> str:
    return root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""


def _unknown_root(root: Any) -> Finding:
    namespace = _namespace(root)
    step = f"{root.prefix}:{local(root.tag)}" if root.prefix else local(root.tag)
    words = {"value": shorten(local(root.tag)), "expected": _ROOT}
    place = Location(line=root.sourceline, pointer=f"/{step}")
    if namespace:
        return fault("SCH-001", "namespace", place, namespace=shorten(namespace), **words)
    return fault("SCH-001", "bare", place, **words)


def _parser() -> etree.XMLPullParser[Any]:
    from lxml import etree  # noqa: PLC0415 - heavy

    return etree.XMLPullParser(
        events=("start",),
        tag=_ROOT_NAMES,  # of every element, it would keep all of them
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _not_well_formed(error: etree.XMLSyntaxError, name: str | None) -> DocumentError:
    line, column = error.position
    place = Location(file=name, line=line, column=column) if line else Location(file=name)
    said = str(error.msg or "it is no XML").partition(", line ")[0]
    return DocumentError(f"Cannot read the XML: {shorten(said, 300)[1:-1]}.", place)
