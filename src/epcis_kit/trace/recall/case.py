"""The case file of a recall: states, decisions, responses, and a log in which a change shows.

Takes a dossier and what people decide and answer; gives a :class:`Case` that is written to and read from JSON.
Guarantees: every entry of the log has its time, who made it and why, and the digest of the one before, so that an entry
that was changed, removed or put in between is found; the clock is passed in; progress is counted from the log alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from epcis_kit.errors import QueryError, shorten
from epcis_kit.model import BizLocation, ObjectEvent, PersistentDisposition, Timestamp
from epcis_kit.trace.asked import key_asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from epcis_kit.trace.recall.desk import Dossier

__all__ = ["RESPONSES", "STATES", "Case", "Entry", "Response", "read_case", "response_event"]

STATES: Final = ("open", "decided", "notified", "recovering", "reconciled", "closed")
"""What a case goes through; never back, except that a closed one may be opened again."""

Answer = Literal["notified", "acknowledged", "quarantined", "returned", "destroyed", "sold", "not_found"]
RESPONSES: Final[Mapping[str, str | None]] = {
    "notified": None,
    "acknowledged": None,
    "quarantined": "non_sellable_other",
    "returned": "returned",
    "destroyed": "destroyed",
    "sold": "retail_sold",
    "not_found": "unknown",
}
"""What a consignee can answer, each with the disposition that the standard has for it; ``None`` where it has none."""

_SETTLED: Final = frozenset({"quarantined", "returned", "destroyed", "sold"})
_FORM: Final = "epcis-kit recall case"


class Entry(NamedTuple):
    """One entry of the log.

    Attributes:
        time: When, in UTC.
        who: Who made it: a role or a name.
        what: ``"opened"``, ``"state"``, ``"decision"``, ``"sign-off"``, ``"response"`` or ``"scope"``.
        text: In words.
        data: What belongs to it.
        before: Digest of the entry before; empty for the first.
        digest: Digest of all of the above.
    """

    time: str
    who: str
    what: str
    text: str
    data: Mapping[str, Any]
    before: str
    digest: str


class Response(NamedTuple):
    """What one consignee answered.

    Attributes:
        consignee: Key of the party or place.
        answer: See :data:`RESPONSES`.
        keys: What it is about; empty for all that was sent there.
        quantity: How many, where no keys are given.
    """

    consignee: str
    answer: Answer
    keys: tuple[str, ...] = ()
    quantity: int | None = None


def _digest(*parts: str | Mapping[str, Any]) -> str:
    plain = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A recall as it goes on; every method gives a new case with one entry more.

    Attributes:
        number: The case's own number.
        dossier: The dossier as plain data, as it was when the case was opened or its scope was changed last.
        log: All entries, oldest first.
    """

    number: str
    dossier: Mapping[str, Any]
    log: tuple[Entry, ...] = ()

    @classmethod
    def opened(cls, number: str, dossier: Dossier, *, who: str, time: Timestamp) -> Case:
        """A new case."""
        plain = dossier.as_dict()
        summary = {"sha256": _of(plain), "starts": [start.key for start in dossier.scope.starts]}
        return cls(number, plain).noted("opened", dossier.reason, who=who, time=time, data=summary)

    def noted(self, what: str, text: str, *, who: str, time: Timestamp, data: Mapping[str, Any] | None = None) -> Case:
        """The case with one entry more.

        Raises:
            QueryError: Nobody is named, or the entry would be older than the last one.
        """
        if not who.strip():
            raise QueryError("Cannot note this: expected who does it, as a role or a name.")
        moment = time.as_utc()
        if self.log and Timestamp.parse(moment) < Timestamp.parse(self.log[-1].time):
            raise QueryError(f"Cannot note this at {moment}: expected a time not before {self.log[-1].time}.")
        before = self.log[-1].digest if self.log else ""
        kept = dict(data or {})
        entry = Entry(moment, who, what, text, kept, before, _digest(moment, who, what, text, kept, before))
        return dataclasses.replace(self, log=(*self.log, entry))

    def moved(self, state: str, *, who: str, time: Timestamp, reason: str = "") -> Case:
        """The case in another state.

        Raises:
            QueryError: There is no such state, or it lies behind the present one.
        """
        if state not in STATES:
            raise QueryError(f"Cannot move the case to {shorten(state)}: expected one of {', '.join(STATES)}.")
        if STATES.index(state) <= STATES.index(self.state) and not (self.state == "closed" and state == "open"):
            raise QueryError(f"Cannot move the case to {state!r}: it is {self.state!r} already.")
        return self.noted("state", reason, who=who, time=time, data={"state": state})

    def answered(self, response: Response, *, who: str, time: Timestamp, text: str = "") -> Case:
        """The case with what a consignee answered.

        Raises:
            QueryError: There is no such answer or consignee, or a key is not among the affected.
        """
        if response.answer not in RESPONSES:
            raise QueryError(f"Cannot note answer {shorten(response.answer)}: expected one of {', '.join(RESPONSES)}.")
        consignee = key_asked(response.consignee).key
        if consignee not in {one["key"] for one in self.dossier["consignees"]}:
            raise QueryError(f"Cannot note an answer of {shorten(consignee)}: it is no consignee of this case.")
        affected = {one["key"] for one in self.dossier["affected"]}
        keys = [key_asked(key).key for key in response.keys]
        for key in keys:
            if key not in affected:
                raise QueryError(f"Cannot note an answer about {shorten(key)}: it is not affected in this case.")
        data = {"consignee": consignee, "answer": response.answer, "keys": keys, "quantity": response.quantity}
        return self.noted("response", text, who=who, time=time, data=data)

    @property
    def state(self) -> str:
        """The present state."""
        states = [entry.data["state"] for entry in self.log if entry.what == "state"]
        return states[-1] if states else "open"

    def flaws(self) -> tuple[str, ...]:
        """What shows that the log was changed, as sentences; empty where it is whole."""
        found = []
        before = ""
        for number, entry in enumerate(self.log, 1):
            if entry.before != before:
                found.append(f"Entry {number} does not follow the one before it.")
            if entry.digest != _digest(entry.time, entry.who, entry.what, entry.text, entry.data, entry.before):
                found.append(f"Entry {number} was changed.")
            before = entry.digest
        if not self.log or self.log[0].data.get("sha256") != _of(self.dossier):
            found.append("The dossier is not the one that the case was opened with.")
        return tuple(found)

    def progress(self) -> dict[str, Any]:
        """How far it is: who was notified, who answered, what is accounted for.

        Returns:
            ``consignees``, ``notified``, ``responded``, ``to_recover`` (objects and lots not sold, used or gone),
            ``accounted`` (by answers), ``unaccounted``, ``effectiveness`` (share of those notified who answered) and
            ``by_answer``.
        """
        consignees = {one["key"]: one for one in self.dossier["consignees"]}
        answers = [entry.data for entry in self.log if entry.what == "response"]
        notified = {answer["consignee"] for answer in answers}
        responded = {answer["consignee"] for answer in answers if answer["answer"] != "notified"}
        recover = {
            one["key"]
            for one in self.dossier["affected"]
            if one["level"] != "container" and one["state"] in {"in stock", "under way"}
        }
        by_answer: dict[str, int] = {}
        latest: dict[str, str] = {}
        for answer in answers:
            keys = answer["keys"] or consignees.get(answer["consignee"], {}).get("holds", [])
            if answer["answer"] in {"notified", "acknowledged"} or (
                answer["quantity"] is not None and not answer["keys"]
            ):
                continue
            latest.update(dict.fromkeys(keys, answer["answer"]))
        for answered in latest.values():
            by_answer[answered] = by_answer.get(answered, 0) + 1
        settled = {key for key, answered in latest.items() if answered in _SETTLED}
        return {
            "state": self.state,
            "consignees": len(consignees),
            "notified": len(notified),
            "responded": len(responded),
            "silent": sorted(set(consignees) - responded),
            "to_recover": len(recover),
            "accounted": len(recover & settled),
            "unaccounted": sorted(recover - settled),
            "effectiveness": len(responded) / len(notified) if notified else 0.0,
            "by_answer": dict(sorted(by_answer.items())),
        }

    def to_json(self) -> str:
        """The case file."""
        plain = {
            "form": _FORM,
            "number": self.number,
            "dossier": self.dossier,
            "log": [{**entry._asdict(), "data": dict(entry.data)} for entry in self.log],
        }
        return json.dumps(plain, ensure_ascii=False, indent=1)


def _of(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_case(text: str | bytes) -> Case:
    """A case from its file; see :meth:`Case.flaws` for whether it was changed.

    Raises:
        QueryError: It is no case file.
    """
    try:
        plain = json.loads(text)
        log = tuple(Entry(**entry) for entry in plain["log"])
        found = Case(str(plain["number"]), plain["dossier"], log)
        form = plain["form"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found, form = Case("", {}), None
    if form != _FORM:
        raise QueryError("Cannot read the case: expected a case file of epcis-kit.")
    return found


def response_event(
    response: Response, *, time: Timestamp, offset: str, keys: Iterable[str] = (), place: str | None = None
) -> ObjectEvent | None:
    """The answer as an EPCIS event, where the standard has a word for it; ``None`` where it has none.

    Args:
        response: The answer.
        time: When it happened.
        offset: The offset in effect there, such as ``"+02:00"``.
        keys: Objects it is about, where the answer names none.
        place: Where it happened.
    """
    disposition = RESPONSES.get(response.answer)
    objects = list(response.keys or keys)
    if disposition is None or not objects:
        return None
    destroyed = response.answer == "destroyed"
    return ObjectEvent(
        event_time=time,
        event_time_zone_offset=offset,
        action="DELETE" if destroyed else "OBSERVE",
        epc_list=tuple(objects),
        biz_step={"destroyed": "destroying", "returned": "returning", "sold": "retail_selling"}.get(
            response.answer, "holding"
        ),
        disposition=disposition,
        persistent_disposition=PersistentDisposition(set=("recalled",)),
        biz_location=None if place is None else BizLocation(id=place),
    )
