"""The tables of a store, as numbered migrations, and the marks in its rows.

Gives SQL text and small integers only; queries live with the backend. A migration that has been released is never
edited: what changes is appended as the next one.

* ``stem`` and ``epc``: a key is kept as the part before its last slash (interned once) and the part after it;
* ``ref``: which event names which key, clustered by key and second; ``void_ref``: the few of events that do not count;
* ``pair``: all containment facts of one pair, packed; ``clear``: parents that were emptied (child 0) and children that
  ended (parent 0);
* ``contain``: stays computed from them, by child and (index) by parent; an absent end means that it goes on;
* ``part``: the transformation groups that a key goes into or comes out of; ``members``: all keys on one side of a group
  by one event, packed; the group is the id of the transformationID's key, or minus the event's id;
* ``event.document`` is where an event was first seen, ``seen`` where else;
* ``detail``: what queries ask beside keys, words and times (:mod:`epcis_kit.store.details`); events before the one
  that the setting ``first_detailed`` names have none;
* ``log``: the audit log (:mod:`epcis_kit.store.audit`), whose leaves are never changed.
"""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "IN", "INDEX_TABLES", "LOT", "MIGRATIONS", "MOUNTED", "OUT", "Status"]

APPLICATION_ID: Final = 0x454B4954
"""``EKIT`` in letters."""

INDEX_TABLES: Final = ("ref", "void_ref", "pair", "clear", "contain", "part", "members", "detail")
"""Tables whose rows are made from the events, and can be made again."""

IN: Final = 1
OUT: Final = 2
"""Sides of a transformation."""

MOUNTED: Final = 1
LOT: Final = 2
"""Flags of a stay or a part: by an association event; the child or part is a lot or class."""


class Status:
    """Why an event does not count; 0 where it does. Bits, so that several may hold."""

    DECLARATION: Final = 1
    """It declares an event, itself included, as wrong."""
    VOIDED: Final = 2
    """It was declared wrong."""
    OUTVOTED: Final = 4
    """Another copy of its eventID has a lower hash."""


_FIRST: Final = """
CREATE TABLE dictionary (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE stem (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE epc (
    id INTEGER PRIMARY KEY, stem INTEGER NOT NULL, leaf TEXT NOT NULL, lot INTEGER NOT NULL, UNIQUE (stem, leaf)
);
CREATE TABLE document (
    id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, name TEXT, partner INTEGER, partner_name TEXT, created_us INTEGER,
    captured_us INTEGER NOT NULL, format TEXT, captured INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    rejected INTEGER NOT NULL, header BLOB
);
CREATE INDEX document_sha256 ON document (sha256);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, ident NOT NULL, time_us INTEGER NOT NULL, rest TEXT, type INTEGER NOT NULL, action INTEGER,
    step INTEGER, disposition INTEGER, location INTEGER, read_point INTEGER, party INTEGER, status INTEGER NOT NULL,
    document INTEGER NOT NULL, hash BLOB, payload BLOB NOT NULL
);
CREATE INDEX event_ident ON event (ident);
CREATE INDEX event_time ON event (time_us);
CREATE INDEX event_status ON event (status) WHERE status <> 0;
CREATE TABLE seen (
    document INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (document, event)
) WITHOUT ROWID;
CREATE INDEX seen_event ON seen (event);
CREATE TABLE ref (
    epc INTEGER NOT NULL, second INTEGER NOT NULL, event INTEGER NOT NULL, roles INTEGER NOT NULL,
    PRIMARY KEY (epc, second, event)
) WITHOUT ROWID;
CREATE TABLE void_ref (epc INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (epc, event)) WITHOUT ROWID;
CREATE TABLE pair (
    parent INTEGER NOT NULL, child INTEGER NOT NULL, flags INTEGER NOT NULL, facts BLOB NOT NULL,
    PRIMARY KEY (parent, child, flags)
) WITHOUT ROWID;
CREATE TABLE clear (
    parent INTEGER NOT NULL, child INTEGER NOT NULL, mounted INTEGER NOT NULL, time_us INTEGER NOT NULL,
    event INTEGER NOT NULL, rest TEXT,
    PRIMARY KEY (parent, child, mounted, time_us, event)
) WITHOUT ROWID;
CREATE TABLE contain (
    child INTEGER NOT NULL, parent INTEGER NOT NULL, from_us INTEGER NOT NULL, event INTEGER NOT NULL,
    to_us INTEGER, flags INTEGER NOT NULL, rest TEXT,
    PRIMARY KEY (child, parent, from_us, event)
) WITHOUT ROWID;
CREATE INDEX contain_parent ON contain (parent, from_us);
CREATE TABLE part (
    epc INTEGER NOT NULL, side INTEGER NOT NULL, grp INTEGER NOT NULL, event INTEGER NOT NULL,
    time_us INTEGER NOT NULL, flags INTEGER NOT NULL, rest TEXT,
    PRIMARY KEY (epc, side, grp, event)
) WITHOUT ROWID;
CREATE TABLE members (
    grp INTEGER NOT NULL, side INTEGER NOT NULL, event INTEGER NOT NULL, time_us INTEGER NOT NULL, rest TEXT,
    epcs BLOB NOT NULL, PRIMARY KEY (grp, side, event)
) WITHOUT ROWID;
CREATE TABLE master (
    epc INTEGER NOT NULL, kind INTEGER NOT NULL, document INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (epc, kind, document)
) WITHOUT ROWID;
CREATE TABLE master_child (
    parent INTEGER NOT NULL, child INTEGER NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (parent, child, document)
) WITHOUT ROWID
"""

_LOG: Final = """
CREATE TABLE log (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, subject INTEGER NOT NULL, leaf BLOB NOT NULL)
"""

_DETAILS: Final = """
CREATE TABLE detail (
    field INTEGER NOT NULL, value INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (field, value, event)
) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO setting (name, value) SELECT 'first_detailed', ifnull(max(id), 0) + 1 FROM event
"""

MIGRATIONS: Final[tuple[str, ...]] = (_FIRST, _LOG, _DETAILS)
"""The n-th brings a store from version n to n + 1."""
