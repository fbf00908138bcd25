"""GS1 EPCIS events and identifiers: read, write, check, hash, sign, store and trace.

Takes nothing at import: every name below is loaded from the room that owns it when it is first used, so that
``import epcis_kit`` costs no lxml, jsonschema, httpx, sqlite3 or biip.
"""

__version__ = "0.1.0"
