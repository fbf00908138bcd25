"""The two formats that the JSON Schemas lean on: absolute URIs (RFC 3986) and dates with times (RFC 3339).

Takes texts; says yes or no. Unknown members and unknown words are told from extensions by the format of a URI alone, so
a schema without these checks accepts nearly everything. Guarantees: linear time; the answers are those of
jsonschema-rs, which the published verdicts were made with: a leap second is one that falls on 23:59:60 in UTC, the
year 0000 exists, offsets go up to 23:59, and ports and IPv6 addresses follow the grammar to the letter.
"""

from __future__ import annotations

import calendar
import ipaddress
import re
from typing import Final

__all__ = ["is_date_time", "is_uri"]

_FREE: Final = r"A-Za-z0-9._~!$&'()*+,;=\-"
_ESCAPE: Final = "%[0-9A-Fa-f]{2}"
_PATH: Final = f"(?:[{_FREE}:@/]|{_ESCAPE})*+"
_END: Final = rf"(?:\?(?:[{_FREE}:@/?]|{_ESCAPE})*+)?+(?:#(?:[{_FREE}:@/?]|{_ESCAPE})*+)?+"
_URI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*+:(?://(?P<host>[^/?#]*+))?+{_PATH}{_END}").fullmatch
_PLAIN: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*+:(?!//){_PATH}{_END}").fullmatch
_AUTHORITY: Final = re.compile(
    rf"(?:(?:[{_FREE}:]|{_ESCAPE})*@)?(?:\[(?P<literal>[^\]]*)\]|(?:[{_FREE}]|{_ESCAPE})*)(?::[0-9]*)?"
).fullmatch
_FUTURE: Final = re.compile(rf"[vV][0-9A-Fa-f]+\.[{_FREE}:]+").fullmatch

_MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
).fullmatch
_USUAL: Final = re.compile(  # no day but the first 28 and no leap second: what needs no arithmetic
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
_DAY: Final = 24 * 60
_MONTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_uri(text: object) -> bool:
    """Whether ``text`` is an absolute URI; what is no text passes, as JSON Schema wants it."""
    if not isinstance(text, str) or _PLAIN(text) is not None:
        return True
    found = _URI(text)
    if found is None:
        return False
    host = found["host"]
    if host is None:
        return True
    parts = _AUTHORITY(host)
    return parts is not None and (parts["literal"] is None or _is_address(parts["literal"]))


def _is_address(literal: str) -> bool:
    if _FUTURE(literal):
        return True
    if "%" in literal or len(literal) > len("0000:" * 6 + "255.255.255.255"):
        return False
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        return False
    return True


def is_date_time(text: object) -> bool:
    """Whether ``text`` is a date with time and zone that exists; what is no text passes."""
    if not isinstance(text, str) or _USUAL(text) is not None:
        return True
    found = _MOMENT(text)
    if found is None:
        return False
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    shift = 0
    if found[7] is not None:
        hours, minutes = int(found[8]), int(found[9])
        if hours > 23 or minutes > 59:
            return False
        shift = (hours * 60 + minutes) * (1 if found[7] == "+" else -1)
    if not 1 <= month <= 12 or not 1 <= day <= _days(year, month) or hour > 23 or minute > 59 or second > 60:
        return False
    return second < 60 or (hour * 60 + minute - shift) % _DAY == _DAY - 1


def _days(year: int, month: int) -> int:
    return 29 if month == 2 and calendar.isleap(year) else _MONTHS[month - 1]
