"""Profile ``attest``: signed statements about single events, which survive conversion, splitting and merging.

Takes the events of a document; gives ``FILE.epcis-att.json``: one JWS over the root of a Merkle tree (RFC 9162), and
for each event its statement with the path that leads to the root. A statement has the event hash of the Core Business
Vocabulary, the strict digest of the record form, the ``eventID``, and whether the event declares an error. One event is
a tree of one leaf. When verifying, each event of a document is

* ``exact``: its record digest was signed;
* ``semantic``: only its event hash was signed: identifiers may be spelt otherwise, extensions of no namespace or
  ``certificationInfo`` may differ, the order of lists may; an added or removed error declaration, another ``eventID``
  and values on which the event hash is ambiguous do not count as semantic;
* ``mismatch``: neither.

Guarantees: every event of the document must be attested and, unless ``partial`` is said, every attested event must be
there, counted by the size of the signed tree and not by what the file claims; one statement serves one event.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import uuid
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError, SignatureError, shorten
from epcis_kit.hashing import event_hash
from epcis_kit.hashing.layout import FIELDS, METADATA_FIELDS, REPORT_FIELDS
from epcis_kit.signing.authority import check_authority
from epcis_kit.signing.judging import check_audience, check_replay, check_time, moment_of
from epcis_kit.signing.jws import make_token, open_token
from epcis_kit.signing.key_names import base64url, did_of, from_base64url
from epcis_kit.signing.merkle import inclusion_texts, leaf_hash, root_from_proof, tree_levels
from epcis_kit.signing.records import as_record, record_digest
from epcis_kit.signing.results import EventMatch
from epcis_kit.signing.strict_json import canonical, canonical_texts, parse
from epcis_kit.signing.verdicts import Verdict, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from epcis_kit.model import Event
    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.trust import TrustEntry

__all__ = ["Statement", "attest_events", "attest_statements", "statement_of", "verify_events"]

_TYPE: Final = "epcis-attestation/1"
_MOST_BYTES: Final = 1 << 30
_DEEPEST: Final = 64
_encode = json.JSONEncoder(ensure_ascii=False).encode
_quote: Final = '"'
_MEMBERS: Final = ("eventHash", "recordDigest", "eventID", "errorDeclaration")


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What is signed about one event.

    Attributes:
        event_hash: ``ni:///sha-256;…?ver=CBV2.0``.
        record_digest: ``sha-256:…`` of the record form.
        event_id: The ``eventID`` as written, or ``None``.
        error_declaration: The event declares an error.
    """

    event_hash: str
    record_digest: str
    event_id: str | None
    error_declaration: bool

    @property
    def leaf(self) -> bytes:
        """The bytes that are hashed into the tree: RFC 8785 JSON."""
        name, declares = self.event_id, "true" if self.error_declaration else "false"
        text = (
            f'{{"errorDeclaration":{declares},"eventHash":"{self.event_hash}",'
            f'"eventID":{"null" if name is None else _quote + name + _quote},'
            f'"recordDigest":"{self.record_digest}","v":1}}'
        )
        # nearly all are written as they are: nothing in them has to be escaped
        plain = text.isascii() and text.isprintable() and "\\" not in text
        if plain and text.count(_quote) == (14 if name is None else 16):
            return text.encode()
        return canonical_texts({"v": 1, **self.members})

    @property
    def members(self) -> dict[str, Any]:
        """The statement as it stands in the file."""
        return {
            "eventHash": self.event_hash,
            "recordDigest": self.record_digest,
            "eventID": self.event_id,
            "errorDeclaration": self.error_declaration,
        }


def statement_of(event: Event) -> Statement:
    """The statement about an event."""
    return Statement(event_hash(event), record_digest(event), event.event_id, event.error_declaration is not None)


def attest_events(events: Iterable[Event], signer: Signer, *, at: datetime, audience: Sequence[str] = ()) -> bytes:
    """The attestation of events, as the bytes of its file.

    Args:
        events: At least one.
        signer: Who states it.
        at: The time of the statement.
        audience: For whom; anybody where it is empty.

    Raises:
        SignatureError: There is no event.
    """
    return attest_statements([statement_of(event) for event in events], signer, at=at, audience=audience)


def attest_statements(
    statements: Sequence[Statement], signer: Signer, *, at: datetime, audience: Sequence[str] = ()
) -> bytes:
    """The same for statements that were made before."""
    if not statements:
        raise SignatureError("Cannot attest a document without events: expected at least one.")
    levels = tree_levels([leaf_hash(statement.leaf) for statement in statements])
    payload: dict[str, Any] = {
        "typ": _TYPE,
        "iss": signer.issuer,
        "iat": int(at.timestamp()),
        "jti": f"urn:uuid:{uuid.uuid4()}",
        "root": base64url(levels[-1][0]),
        "size": len(statements),
        "hash": "sha-256",
    }
    if audience:
        payload["aud"] = list(audience)
    token = make_token(json.dumps(payload, separators=(",", ":")).encode(), signer, {"typ": "JOSE"})
    paths = inclusion_texts(levels, _quoted)
    lines = [
        _line(statement, index, path) for index, (statement, path) in enumerate(zip(statements, paths, strict=True))
    ]
    listed = ",\n".join(lines)
    return f'{{"jws":{json.dumps(token)},\n"events":[\n{listed}\n]}}\n'.encode()


def _line(statement: Statement, index: int, path: str) -> str:
    """A statement in the file; only an eventID can have something in it that JSON escapes."""
    name = "null" if statement.event_id is None else _encode(statement.event_id)
    declares = "true" if statement.error_declaration else "false"
    return (
        f'{{"eventHash":"{statement.event_hash}","recordDigest":"{statement.record_digest}","eventID":{name},'
        f'"errorDeclaration":{declares},"index":{index},"path":[{path}]}}'
    )


def _quoted(nodes: list[bytes]) -> list[str]:
    """Nodes of 32 bytes in base64url and quotes; with a zero byte behind each they are encoded in one go."""
    text = base64.urlsafe_b64encode(b"\0".join([*nodes, b""])).decode()
    return [f'"{text[at : at + 43]}"' for at in range(0, len(text), 44)]


def verify_events(
    events: Sequence[Event], attestations: Sequence[bytes], policy: Policy, verdict: Verdict
) -> VerificationResult:
    """Whether each of ``events`` is what one of the attestations says.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    known: list[tuple[Statement, int]] = []
    entries: list[TrustEntry | None] = []
    unseen = 0
    for number, data in enumerate(attestations):
        statements, size, entry = _opened(data, policy, verdict)
        entries.append(entry)
        known += [(statement, number) for statement in statements]
        unseen += size - len(statements)
    matches, spoken, left = _matched(events, known)
    rows = list(matches)
    if (left or unseen) and not policy.partial:
        for statement, _ in left:
            rows.append(_row(None, statement.event_id, statement.event_hash, "event_missing", "It is not there."))
        verdict.add(
            "failed",
            "content",
            "event_missing",
            f"{len(left) + unseen} attested events are not in the document; for a part of one, say partial.",
        )
    elif left or unseen:
        verdict.warnings.append(f"The document is a part: {len(left) + unseen} attested events are not in it.")
    wrong = [row for row in matches if row.match == "mismatch"]
    if wrong:
        for code in dict.fromkeys(row.code for row in wrong):
            first = next(row for row in wrong if row.code == code)
            verdict.add("failed", "content", code, f"Event {first.index}: {first.detail}")
    elif events:
        verdict.passed("content", f"{len(events)} events")
    else:
        verdict.add("failed", "content", "event_missing", "The document has no event.")
    for number, entry in enumerate(entries):
        check_authority(verdict, entry, [event for event, by in spoken if by == number])
    if any(row.match == "semantic" for row in matches):
        verdict.warnings.append(
            "Some events match by their event hash only: spelling of identifiers, order of lists, comments and "
            "certificationInfo are not proved for them."
        )
    worst = next((kind for kind in ("mismatch", "semantic", "exact") if any(row.match == kind for row in rows)), None)
    unused = set(left)
    payload = canonical([statement.members for one in known if one not in unused for statement in one[:1]])
    return verdict.result(events=tuple(rows), match=worst, covered="events", payload=payload)


def _opened(data: bytes, policy: Policy, verdict: Verdict) -> tuple[list[Statement], int, TrustEntry | None]:
    """The statements of an attestation that are in its signed tree, the tree's size, and who vouches for the signer."""
    value = parse(data, what="attestation", max_bytes=_MOST_BYTES)
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("jws"), str)
        or not isinstance(value.get("events"), list)
    ):
        raise refuse("format", "malformed", "Cannot read attestation: expected an object with 'jws' and 'events'.")
    header, payload, candidate = open_token(value["jws"], policy, verdict)
    claims = parse(payload, what="attestation payload")
    if not isinstance(claims, dict) or claims.get("typ") != _TYPE or claims.get("hash") != "sha-256":
        raise refuse("format", "unsupported", f"Cannot read attestation payload: expected {_TYPE} with sha-256.")
    allowed = {candidate.id} | (set(candidate.entry.ids) if candidate.entry else set())
    kid = header.get("kid")
    if claims.get("iss") not in allowed or (kid and kid.startswith("did:") and did_of(kid) not in allowed):
        raise refuse(
            "issuer",
            "issuer_kid_mismatch",
            f"The issuer is {shorten(claims.get('iss'))}, and the key {candidate.id} is not bound to it.",
        )
    verdict.passed("issuer", claims["iss"])
    verdict.signed_at = moment_of(claims.get("iat"), "signing time")
    check_time(verdict, policy, candidate)
    check_audience(verdict, policy, claims.get("aud"))
    check_replay(verdict, policy, str(claims.get("jti")))
    size = claims.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise refuse("content", "not_in_tree", f"The signed tree has size {shorten(size)}: expected at least 1.")
    statements: dict[int, Statement] = {}
    for row in value["events"]:
        index, statement = _checked_row(row, claims, size)
        if index in statements:
            raise refuse("content", "not_in_tree", f"Statement {index} stands twice in the attestation.")
        statements[index] = statement
    return list(statements.values()), size, candidate.entry


def _checked_row(row: Any, claims: dict[str, Any], size: int) -> tuple[int, Statement]:
    try:
        index, path, members = row["index"], row["path"], [row[name] for name in _MEMBERS]
        kinds = (str, str, str | None, bool)
        if (
            type(index) is not int
            or len(path) > _DEEPEST
            or not all(isinstance(one, kind) for one, kind in zip(members, kinds, strict=True))
        ):
            raise TypeError("a member of another kind")  # noqa: TRY301 - all that is wrong with a row is said below
        statement = Statement(*members)
        nodes = [from_base64url(node) for node in path]
        root = from_base64url(claims["root"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refuse("format", "malformed", f"Cannot read statement of attestation: {error}.") from None
    if root_from_proof(leaf_hash(statement.leaf), index, size, nodes) != root:
        raise refuse("content", "not_in_tree", f"Statement {index} is not in the signed tree.")
    return index, statement


def _matched(
    events: Sequence[Event], known: list[tuple[Statement, int]]
) -> tuple[list[EventMatch], list[tuple[Event, int]], list[tuple[Statement, int]]]:
    """A row for each event, the events with the number of the attestation they match, and unused statements."""
    own = [statement_of(event) for event in events]
    by_digest: dict[Statement, list[int]] = {}
    for at, (statement, _) in enumerate(known):
        by_digest.setdefault(statement, []).append(at)
    found: dict[int, int] = {}
    for index, statement in enumerate(own):
        if by_digest.get(statement):
            found[index] = by_digest[statement].pop(0)
    exact, used = set(found), set(found.values())
    by_hash: dict[str, list[int]] = {}
    by_id: dict[str, int] = {}
    for at, (statement, _) in enumerate(known):
        if at not in used:
            by_hash.setdefault(statement.event_hash, []).append(at)
            if statement.event_id is not None:
                by_id.setdefault(statement.event_id, at)
    rows: list[EventMatch] = []
    for index, statement in enumerate(own):
        if index in exact:
            rows.append(EventMatch(index, statement.event_id, statement.event_hash, "exact"))
            continue
        twins = by_hash.get(statement.event_hash, [])
        twin = next((at for at in twins if known[at][0].event_id == statement.event_id), twins[0] if twins else None)
        if twin is None:
            twin = by_id.get(statement.event_id or "")
            if twin is None:
                code, detail = "event_not_attested", "No attestation speaks of it."
            else:
                code, detail = "digest_mismatch", "The event with this eventID was signed with another content."
            row = _row(index, statement.event_id, statement.event_hash, code, detail)
        else:
            twins.remove(twin)
            row = _semantic(index, statement, known[twin][0], events[index])
            if row.match == "semantic":
                found[index] = twin
        if twin is not None:
            used.add(twin)
        rows.append(row)
    spoken = [(events[index], known[at][1]) for index, at in found.items()]
    return rows, spoken, [one for at, one in enumerate(known) if at not in used]


def _semantic(index: int, own: Statement, signed: Statement, event: Event) -> EventMatch:
    wrong = None
    if own.error_declaration or signed.error_declaration:
        wrong = "error_declaration_unsigned", "Its error declaration is not what was signed."
    elif own.event_id is not None and signed.event_id is not None and own.event_id != signed.event_id:
        wrong = "digest_mismatch", f"It was signed as {shorten(signed.event_id)}."
    elif is_ambiguous(event):
        wrong = "hash_ambiguous", "A value of it could stand for two events in the event hash."
    if wrong:
        return _row(index, own.event_id, own.event_hash, *wrong)
    return EventMatch(index, own.event_id, own.event_hash, "semantic", "", "Its event hash was signed, its record not.")


def _row(index: int | None, event_id: str | None, hash_: str, code: str, detail: str) -> EventMatch:
    return EventMatch(index, event_id, hash_, "mismatch", code, detail)


_FIELD_NAMES: Final = frozenset(
    {field.name for table in (FIELDS, METADATA_FIELDS, REPORT_FIELDS) for field in table.values()}
    | {field.item for field in FIELDS.values() if field.item}
    | {"epc", "epcClass", "quantity", "quantityElement", "id", "type", "set", "unset", "source", "destination"}
)
_names_before = re.compile(r"([A-Za-z]{1,40})=").findall


def is_ambiguous(event: Event) -> bool:
    """True where a value has in it what looks like the next field of the event hash."""
    texts: list[Any] = [as_record(event)]
    while texts:
        value = texts.pop()
        if isinstance(value, dict):
            texts += value.values()
        elif isinstance(value, list):
            texts += value
        elif isinstance(value, str) and "=" in value and _looks_ambiguous(value):
            return True
    return False


def _looks_ambiguous(text: str) -> bool:
    if "{" in text and "}" in text:
        return True
    return any(found.endswith(tuple(_FIELD_NAMES)) for found in _names_before(text))


def read_events(data: bytes) -> list[Event]:
    """The events of a document that is to be compared.

    Raises:
        Stop: It cannot be read.
    """
    from epcis_kit.codec import iter_events  # noqa: PLC0415 - loaded when a document is read

    try:
        return list(iter_events(data))
    except DocumentError as error:
        raise refuse("content", "malformed", str(error)) from None
