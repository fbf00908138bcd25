"""JSON that means one thing only: for headers, credentials and everything that is signed as JSON.

Takes bytes or text of strangers; gives plain values. Guarantees: UTF-8 without a byte order mark; a member that stands
twice in an object, ``NaN``, ``Infinity``, lone surrogates and nesting beyond 64 levels are refused. Where the value is
to be written in the canonical form of RFC 8785, so are integers beyond 2^53 - 1 and decimals that a double cannot hold
(``exact=True``), because two readers would sign different numbers. A refusal is a ``Stop`` with a
code.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from epcis_kit.errors import shorten
from epcis_kit.signing.verdicts import Stop, refuse

__all__ = ["canonical", "canonical_texts", "member_texts", "parse"]

_DEPTH: Final = 64
_SAFE: Final = 2**53 - 1
_LONGEST_NUMBER: Final = 100
_SPACE = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()


def parse(data: bytes | str, *, exact: bool = False, what: str = "JSON", max_bytes: int = 64 << 20) -> Any:
    """The value of JSON text.

    Args:
        data: The text.
        exact: It is to be written canonically, so numbers must be doubles.
        what: What messages call it.
        max_bytes: The most that is read.

    Raises:
        Stop: It is not JSON, or JSON that means more than one thing.
    """
    if len(data) > max_bytes:
        raise refuse("format", "malformed", f"Cannot read {what}: expected at most {max_bytes} bytes, got {len(data)}.")

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) != len(members):
            names = [name for name, _ in members]
            twice = next(name for name in names if names.count(name) > 1)
            raise refuse("format", "duplicate_json_key", f"Cannot read {what}: member {shorten(twice)} stands twice.")
        return made

    def constant(text: str) -> Any:
        raise refuse("format", "number_out_of_range", f"Cannot read {what}: expected a number, got {text}.")

    def integer(text: str) -> Any:
        if len(text) > _LONGEST_NUMBER or (exact and abs(int(text)) > _SAFE):
            raise _number(what, text)
        return int(text)

    def decimal(text: str) -> Any:
        if len(text) > _LONGEST_NUMBER:
            raise _number(what, text)
        value = float(text)
        if exact and (value in {float("inf"), float("-inf")} or Decimal(repr(value)) != Decimal(text)):
            raise _number(what, text)
        return value if exact else Decimal(text)

    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=constant, parse_int=integer, parse_float=decimal
        )
    except Stop:
        raise
    except RecursionError:
        raise _deep(what) from None
    except (ValueError, ArithmeticError) as error:
        raise refuse("format", "malformed", f"Cannot read {what}: {error}.") from None
    _inspect(value, what)
    return value


def _number(what: str, text: str) -> Stop:
    return refuse(
        "format",
        "number_out_of_range",
        f"Cannot read {what}: expected a number that a double holds exactly, got {shorten(text)}.",
    )


def _deep(what: str) -> Stop:
    return refuse("format", "malformed", f"Cannot read {what}: expected at most {_DEPTH} levels of nesting.")


def _inspect(value: Any, what: str) -> None:
    """Depth and surrogates, level by level."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEPTH + 1:
            raise _deep(what)
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += one
                below += one.values()
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and not one.isascii():
                try:
                    one.encode("utf-8")
                except UnicodeEncodeError:
                    raise refuse("format", "malformed", f"Cannot read {what}: a text has half a surrogate.") from None
        level = below


def canonical(value: Any) -> bytes:
    """The bytes of RFC 8785 (JSON Canonicalization Scheme).

    Raises:
        Stop: A number has no canonical form.
    """
    import rfc8785  # noqa: PLC0415 - loaded on first use

    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise refuse("format", "number_out_of_range", f"Cannot write canonical JSON: {error}.") from None


def canonical_texts(value: Any) -> bytes:
    """The same for values without fractions (texts, small whole numbers, flags, objects, lists), several times as fast.

    Where all is ASCII the names of members sort as RFC 8785 sorts them, and the standard library writes its very bytes.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() if text.isascii() else canonical(value)


def member_texts(text: str) -> dict[str, str]:
    """The members of one JSON object as they are written, for taking a part out without changing its digits.

    The text was accepted by :func:`parse` before.
    """
    members: dict[str, str] = {}
    at = _space(text, _space(text, 0) + 1)
    while text[at] != "}":
        name, at = _decoder.raw_decode(text, at)
        start = _space(text, _space(text, at) + 1)
        _, end = _decoder.raw_decode(text, start)
        members[name] = text[start:end]
        at = _space(text, end)
        if text[at] == ",":
            at = _space(text, at + 1)
    return members


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()
