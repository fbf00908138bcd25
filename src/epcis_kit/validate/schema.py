"""The schema layer: does a document have the shape that the published schemas ask for, and nothing beyond it?

Takes anything ``codec`` reads; gives findings of the layer ``schema`` and the number of events. Guarantees: the verdict
is that of the published schemas (XML by XSD, documents of 1.x by the XSD of 1.2, JSON by the ratified schema 2.0.1
with formats asserted); the schemas are our own and ship with the library; nothing is fetched. With ``schemas`` the
user's own files are asked instead, for example the published ones.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.detection import detect
from epcis_kit.codec.limits import DEFAULT_OPTIONS
from epcis_kit.codec.sources import open_source
from epcis_kit.errors import QueryError, shorten

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from epcis_kit.codec import ReadOptions, SourceLike
    from epcis_kit.findings import Finding
    from epcis_kit.validate.schema_json_files import JsonSchema
    from epcis_kit.validate.schema_xml import XmlSchemas

__all__ = ["SchemaFiles", "check_schema", "schema_findings"]

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_ROOTS: Final = ("EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument")


@dataclasses.dataclass(frozen=True)
class SchemaFiles:
    """A folder of schemas: XSD files are known by their namespace, the JSON Schema by the documents it names.

    Attributes:
        folder: Where the files lie; folders in it are not looked into.
    """

    folder: Path

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise QueryError(f"Cannot use schemas {os.fspath(self.folder)!r}: expected a folder of schema files.")

    @functools.cached_property
    def xml(self) -> XmlSchemas:
        """The XSD files, by the namespace whose documents they declare."""
        from lxml import etree  # noqa: PLC0415 - heavy

        from epcis_kit.validate.schema_xml import XmlSchemas, load_schema  # noqa: PLC0415 - loads lxml

        paths: dict[str, Path] = {}
        for path in sorted(self.folder.glob("*.xsd")):
            try:
                root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
            except etree.XMLSyntaxError as error:
                raise QueryError(f"Cannot use the schema {path.name!r}: {error}.") from None
            names = {each.get("name") for each in root.iterchildren(f"{_XSD}element")}
            if root.tag == f"{_XSD}schema" and names.intersection(_ROOTS):
                paths.setdefault(root.get("targetNamespace", ""), path)
        if not paths:
            raise self._none("no XSD that declares EPCISDocument")
        return XmlSchemas(paths, load_schema)

    @functools.cached_property
    def json(self) -> JsonSchema:
        """The JSON Schema of documents; the other JSON files are what it may refer to."""
        from epcis_kit.validate.schema_json_files import JsonSchema  # noqa: PLC0415 - may load jsonschema

        found: dict[str, dict[str, Any]] = {}
        roots: list[dict[str, Any]] = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                schema = json.loads(path.read_bytes())
            except ValueError as error:
                raise QueryError(f"Cannot use the schema {path.name!r}: {error}.") from None
            if isinstance(schema, dict) and "$schema" in schema:
                found[str(schema.get("$id", path.name))] = schema
                if _speaks_of_documents(schema):
                    roots.append(schema)
        if len(roots) != 1:
            raise self._none(f"{len(roots) or 'no'} JSON Schemas that name EPCISDocument and events")
        return JsonSchema(roots[0], found)

    def _none(self, got: str) -> QueryError:
        return QueryError(
            f"Cannot use schemas {shorten(os.fspath(self.folder))}: expected one for this format, got {got}."
        )


def _speaks_of_documents(schema: dict[str, Any]) -> bool:
    top = json.dumps({name: value for name, value in schema.items() if name not in {"definitions", "$defs"}})
    parts = json.dumps([schema.get("definitions"), schema.get("$defs")])
    return '"EPCISDocument"' in parts + top and '"EPCISQueryDocument"' in parts + top


def schema_findings(
    source: SourceLike, options: ReadOptions = DEFAULT_OPTIONS, files: SchemaFiles | None = None
) -> Generator[Finding, None, int]:
    """The findings of the schema layer as they are met; returns how many events the document holds.

    Args:
        source: A path, bytes, an open binary file or a :class:`~epcis_kit.codec.sources.Source`, which is left open.
        options: Its limits and the name for messages.
        files: The user's own schemas; ``None`` takes those that ship with the library.

    Raises:
        DocumentError: The document is neither XML nor JSON, or breaks the rules of XML or JSON; what was found before
            has been given then.
        QueryError: The user's own schemas cannot be used.
        OSError: The file cannot be opened.
    """
    opened = open_source(source, limits=options.limits, file=options.file)
    try:
        detected = detect(opened)
        if detected.format == "xml":
            from epcis_kit.validate.schema_xml import own_xml_schemas, xml_findings  # noqa: PLC0415 - loads lxml

            schemas = own_xml_schemas() if files is None else files.xml
            return (yield from xml_findings(opened, schemas, options))
        if files is not None:
            from epcis_kit.validate.schema_json_files import findings_by_files  # noqa: PLC0415 - may load jsonschema

            return (yield from findings_by_files(opened, detected, files.json, options))
        from epcis_kit.validate.schema_json import json_findings  # noqa: PLC0415 - makes the schema ready

        return (yield from json_findings(opened, detected, options))
    finally:
        if opened is not source:
            opened.close()


def check_schema(
    source: SourceLike, options: ReadOptions, files: SchemaFiles | None = None
) -> tuple[list[Finding], int]:
    """All findings of :func:`schema_findings`, and how many events the document holds; it raises the same."""
    found: list[Finding] = []

    def gathered() -> Generator[Finding, None, int]:
        return (yield from schema_findings(source, options, files))

    walk = gathered()
    while True:
        try:
            found.append(next(walk))
        except StopIteration as stop:
            return found, stop.value
