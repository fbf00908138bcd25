"""The record form: an event as one JSON tree that every format agrees on, for a digest that nothing escapes.

Takes an event of the model; gives plain JSON data, its RFC 8785 bytes and their SHA-256. The event hash of the Core
Business Vocabulary leaves out ``eventID``, ``errorDeclaration``, comments and parts of identifiers, and joins
values without separators; this form leaves out ``recordTime`` alone (repositories write it) and keeps every value in
its place:

* an object with ``type`` and the standard's JSON names; what is absent or an empty list has no member;
* identifiers, offsets and other texts as written; lists in the order of the document;
* CBV words as the bare word where CBV 2.0 has it (``shipping``), whatever spelling the document uses;
* times in UTC, all digits of the fraction but trailing zeros: ``2026-01-01T00:00:00.5Z``;
* numbers as texts: decimal digits without needless zeros, ``"1.1"``; beyond 60 digits ``"1E+100"``;
* ``extensions`` and ``ilmd`` as objects from ``{namespace}name`` to the list of values under that name: a text, or an
  object with ``attributes`` and ``content`` (a text, an object of the same kind, or for mixed XML a list of both).

Guarantees: two events have the same record exactly where they are equal in all of this; XML and JSON of the same event
have the same record.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.model import Event, Extension, Timestamp
from epcis_kit.model.parts import Part
from epcis_kit.signing.strict_json import canonical_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from epcis_kit.vocab import Kind

__all__ = ["as_record", "record_digest"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_DIGITS: Final = 60
_LEFT_OUT: Final = frozenset({"record_time", "origin_type"})

_WORDS: Final[Mapping[tuple[str, str], Kind]] = {
    ("", "biz_step"): "biz_step",
    ("", "disposition"): "disposition",
    ("PersistentDisposition", "set"): "disposition",
    ("PersistentDisposition", "unset"): "disposition",
    ("BizTransaction", "type"): "biz_transaction_type",
    ("Source", "type"): "source_dest_type",
    ("Destination", "type"): "source_dest_type",
    ("ErrorDeclaration", "reason"): "error_reason",
    ("SensorReport", "type"): "measurement_type",
    ("SensorReport", "exception"): "alert_type",
    ("SensorReport", "component"): "component",
}


def as_record(event: Event) -> dict[str, Any]:
    """The record form of an event, as plain data."""
    return _part(event)


def record_digest(event: Event) -> str:
    """``sha-256:`` and the hexadecimal SHA-256 of the canonical bytes of the record form."""
    return "sha-256:" + hashlib.sha256(canonical_texts(as_record(event))).hexdigest()


_PLANS: dict[type[Part], dict[str, tuple[str, Callable[[Any], Any]]]] = {}


def _plan(cls: type[Part]) -> dict[str, tuple[str, Callable[[Any], Any]]]:
    """For each field its name in the record and how its value is written; made once a class."""
    owner = "" if issubclass(cls, Event) else cls.__name__
    plan: dict[str, tuple[str, Callable[[Any], Any]]] = {}
    for name, field in cls.model_fields.items():
        kind = _WORDS.get((owner, name))
        if name not in _LEFT_OUT:
            how = _named if name in {"extensions", "ilmd"} else _value if kind is None else _words(kind)
            plan[name] = field.alias or name, how
    _PLANS[cls] = plan
    return plan


def _part(part: Part) -> dict[str, Any]:
    cls = type(part)
    plan = _PLANS.get(cls) or _plan(cls)
    result: dict[str, Any] = {}
    for name, value in part.__dict__.items():
        if value is None or (value == () and name != "ilmd"):
            continue
        row = plan.get(name)
        if row is not None:
            alias, how = row
            result[alias] = how(value)
    return result


def _words(kind: Kind) -> Callable[[Any], Any]:
    get = vocab.spellings(kind).get
    return lambda value: [get(one, one) for one in value] if isinstance(value, tuple) else get(value, value)


def _value(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, tuple):
        return list(value) if value and isinstance(value[0], str) else [_value(one) for one in value]  # all of one kind
    if isinstance(value, Part):
        return _part(value)
    if isinstance(value, Timestamp):
        return _time(value)
    return _number(value if isinstance(value, Decimal) else Decimal(value))


def _time(time: Timestamp) -> str:
    text = time.text
    if len(text) in {20, 24} and text[-1] == "Z" and text[11:13] != "24":  # in UTC already
        return text[:19] + text[19:-1].rstrip("0").rstrip(".") + "Z"
    seconds, micros = divmod(time.epoch_us, 1_000_000)
    try:
        whole = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:  # before year 1 or after 9999 in UTC
        return time.text
    fraction = f"{micros:06d}{time.rest}".rstrip("0")
    return f"{whole.zfill(19)}.{fraction}Z" if fraction else f"{whole.zfill(19)}Z"


def _number(number: Decimal) -> str:
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return str(number)
    text = "".join(map(str, digits)).lstrip("0")
    shorter = text.rstrip("0")
    exponent += len(text) - len(shorter)
    if not shorter:
        return "0"
    minus = "-" if sign else ""
    if exponent >= 0 and len(shorter) + exponent <= _PLAIN_DIGITS:
        return minus + shorter + "0" * exponent
    if exponent < 0 and max(len(shorter), -exponent) <= _PLAIN_DIGITS:
        padded = shorter.rjust(1 - exponent, "0")
        return f"{minus}{padded[:exponent]}.{padded[exponent:]}"
    return f"{minus}{shorter}E{exponent:+d}"


def _named(extensions: Iterable[Extension]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for extension in extensions:
        result.setdefault(extension.clark_name, []).append(_extension(extension))
    return result


def _extension(extension: Extension) -> Any:
    value = extension.value
    if not isinstance(value, tuple) or not value:
        content: Any = extension.text
    elif extension.mixed:
        content = [one if isinstance(one, str) else _named((one,)) for one in value]
    else:
        content = _named(extension.children)
    if isinstance(content, str) and not extension.attributes:
        return content
    result = {"content": content}
    if extension.attributes:
        result["attributes"] = dict(extension.attributes)
    return result
