"""The shape of an XML document, told by an XML Schema.

Takes the bytes of a source and where to find schemas (ours, or files of the user's own); gives a finding for each fault
and the number of events. Guarantees: schemas import only files from the folder they lie in, whatever address they name,
and nothing is fetched; each is made ready once; the document is parsed as safely as anywhere else in this library
(no entities, no DTD, no network). Which schema is asked is told by the namespace of the root: documents of 1.0, 1.1
and 1.2 share one, and the schema of 1.2 answers for all three.

The document is held in memory whole.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from epcis_kit._resources import data_path
from epcis_kit.codec.dialects import NAMESPACES
from epcis_kit.codec.sources import CHUNK
from epcis_kit.codec.xml_prolog import DoctypeFault, find_doctype
from epcis_kit.errors import DocumentError, QueryError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault
from epcis_kit.validate.schema_xml_faults import explain, local

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lxml import etree

    from epcis_kit.codec.sources import Source

__all__ = ["XmlSchemas", "check_xml", "load_schema", "own_xml_schemas"]

_NAMES: Final = {"EPCISDocument": "epcis", "EPCISQueryDocument": "query", "EPCISMasterDataDocument": "masterdata"}
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
    """

    def __init__(self, paths: dict[str, Path], load: Callable[[Path], etree.XMLSchema]) -> None:
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
    return XmlSchemas({namespace: folder / name for namespace, name in _FILES.items()}, load_schema)


def check_xml(source: Source, schemas: XmlSchemas) -> tuple[list[Finding], int]:
    """The findings of an XML document, and how many events it holds.

    Raises:
        DocumentError: It is no XML, or its DOCTYPE is refused.
    """
    root = _parsed(source)
    namespace, name = root.tag[1:].split("}", 1) if root.tag.startswith("{") else ("", root.tag)
    schema = schemas.of(namespace)
    if schema is None:
        where = f"in namespace {shorten(namespace)}" if namespace else "without a namespace"
        message = (
            f"Cannot accept the root element {shorten(name)} {where}: expected EPCISDocument, EPCISQueryDocument or "
            "EPCISMasterDataDocument in a namespace of EPCIS such as 'urn:epcglobal:epcis:xsd:2'."
        )
        return [fault("SCH-001", message, Location(line=root.sourceline, pointer=f"/{name}"))], 0
    lists = list(root.iter("EventList"))
    if schema.validate(root):
        return [], sum(_is_event(each) for parent in lists for each in parent)
    return list(explain(schema.error_log, root)), sum(_is_event(each) for parent in lists for each in parent)


def _is_event(node: Any) -> bool:
    if not isinstance(node.tag, str):
        return False
    return local(node.tag) != "extension" or any(isinstance(each.tag, str) for each in node)


def _parsed(source: Source) -> Any:
    from lxml import etree  # noqa: PLC0415 - heavy

    try:
        find_doctype(source)
    except DoctypeFault as refused:
        place = Location(file=source.name, line=refused.line, column=refused.column)
        raise DocumentError(str(refused), place) from None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        while data := source.read(CHUNK):
            parser.feed(data)
        return parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        place = Location(file=source.name, line=line, column=column) if line else Location(file=source.name)
        said = str(error.msg or "it is no XML").partition(", line ")[0]
        raise DocumentError(f"Cannot read the XML: {shorten(said, 300)[1:-1]}.", place) from None
