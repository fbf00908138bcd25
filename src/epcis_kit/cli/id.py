"""``epcis-kit id``: explains identifiers to a person, or checks a stream of them for a program.

Takes identifiers in any spelling as arguments (``-`` reads one a line from standard input) and prints what each is, its
parts, every other form it has, whose company prefix it carries, and each fault with its character marked. With
``--json`` an object an input; with ``--jsonl`` one answer a line for each line ``{"input": …, "gcp_length": n}`` of
the files named, or of standard input. Exit code 0 where all are well formed, 1 where one is not, 3 where one is
ambiguous or a line cannot be read; a batch ends with its worst.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.keys import EXPECT_NAMES, Key, key_faults, parse_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["id_command"]

_WINDOW = 100
_LEVELS = {
    "instance": "one object, place or party",
    "lot": "one batch or lot",
    "class": "a class of objects, without a serial number",
    "pattern": "a pattern of many",
    "other": "no key on its own",
}


def _form(make: Callable[[], str]) -> tuple[str | None, str | None]:
    """The text of a form and no reason, or no text and the reason."""
    try:
        return make(), None
    except IdentifierError as fault:
        return None, str(fault)


def _error(fault: IdentifierError, text: str) -> dict[str, Any]:
    """The fault as data; its position counts from the beginning of ``text``, not of the part that was at fault."""
    position = fault.position
    if position is not None and fault.value != text:
        start = text.find(str(fault.value))
        position = None if start < 0 else start + position
    return {"kind": fault.kind, "ai": fault.ai, "position": position, "message": str(fault)}


def _answer(
    text: str, gcp_length: int | None, expect: str | None, *, lenient: bool = False
) -> tuple[Key | None, dict[str, Any]]:
    """The key, where there is one, and the answer about it in the documented shape."""
    try:
        key = parse_key(text, gcp_length=gcp_length, expect=expect, lenient=lenient)
    except IdentifierError as fault:
        faults = key_faults(text, expect=expect) if fault.what == "element string" else (fault,)
        answer: dict[str, Any] = {"ok": False, "ais": None}
        answer |= dict.fromkeys(("element_string", "digital_link", "epc_urn"))
        return None, answer | {"errors": [_error(one, text) for one in faults]}
    forms = {
        "element_string": _form(key.as_message),
        "digital_link": _form(key.as_digital_link),
        "epc_urn": _form(lambda: key.as_epc_urn(gcp_length)),
    }
    answer = {"ok": True, "ais": [list(element) for element in key.ais]}
    answer |= {name: made for name, (made, _) in forms.items()}
    answer |= {"errors": [], "missing": {name: why for name, (_, why) in forms.items() if why is not None}}
    return key, answer


def _code(answer: dict[str, Any]) -> int:
    if answer["ok"]:
        return 0
    return 3 if any(error["kind"] in {"ambiguous", "bad_line"} for error in answer["errors"]) else 1


def _prefix_line(key: Key, gcp_length: int | None) -> str | None:
    try:
        prefix, company = key.gs1_prefix(), key.company_prefix(gcp_length)
    except IdentifierError:
        return None
    if key.primary is None:
        return None
    shown = "not in the table of company prefixes" if company is None else f"{company} ({len(company)} digits)"
    return shown if prefix is None else f"{shown}; GS1 prefix {prefix.value}: {prefix.usage}"


def _explain(key: Key, gcp_length: int | None) -> Iterator[str]:
    """The lines that tell a person what ``key`` is."""
    scheme = key.scheme
    what = key.form if scheme is None else f"{key.form}, {scheme.title} ({scheme.name.upper()})"
    yield shorten(key.text)[1:-1] if len(key.text) > 2 * _WINDOW else key.text.replace("\x1d", "<GS>")
    yield f"  is          {what}; {_LEVELS[key.level]}"
    for name, value in key.parts():
        yield f"  {name:<26}  {value}"
    if key.retail is not None:
        yield f"  {'retail symbol':<26}  {key.retail}"
    line = _prefix_line(key, gcp_length)
    if line is not None:
        yield f"  {'issued to':<26}  {line}"
    gtin = key.get("01")
    if gtin is not None:
        from epcis_kit.gs1.gtins import restricted_circulation  # noqa: PLC0415 - GTINs only

        circulation = restricted_circulation(gtin)
        if circulation is not None:
            yield f"  {'restricted circulation':<26}  means something inside a {circulation} only"
    for name, made in key.forms(gcp_length):
        yield f"  {name:<26}  {made if isinstance(made, str) else f'none: {made.reason}'}"
    trace = key.as_trace_key()
    if trace.level != "opaque":
        yield f"  {'compared in traces as':<26}  {trace.key}"
    dropped = key.left_out_of_epc() if key.primary is not None and scheme is not None else ()
    if dropped:
        yield f"  {'not in the EPC':<26}  {', '.join(f'({ai})' for ai in dropped)}"


def _marked(text: str, position: int) -> Iterator[str]:
    """The part of ``text`` around ``position``, and a line with a mark below that character."""
    start = max(0, position - _WINDOW // 2)
    part = text[start : start + _WINDOW]
    shown = "".join(character if character.isprintable() else "·" for character in part)
    yield f"  {shown}"
    yield f"  {' ' * (position - start)}^"


def _complain(text: str, answer: dict[str, Any]) -> Iterator[str]:
    yield shorten(text)[1:-1]
    for error in answer["errors"]:
        yield f"  wrong: {error['message']}"
        if error["position"] is not None and error["position"] <= len(text):
            for line in _marked(text, error["position"]):
                yield f"  {line}"


def _describe(text: str, key: Key | None, answer: dict[str, Any], gcp_length: int | None) -> dict[str, Any]:
    """The object of ``--json``: the answer and what the explanation says beside it."""
    if key is None:
        return {"input": text} | answer
    prefix = key.gs1_prefix()
    trace = key.as_trace_key()
    return (
        {"input": text}
        | answer
        | {
            "form": key.form,
            "level": key.level,
            "scheme": None if key.scheme is None else key.scheme.name,
            "parts": [list(part) for part in key.parts()],
            "bracketed": _form(key.as_bracketed)[0],
            "company_prefix": key.company_prefix(gcp_length),
            "gs1_prefix": None if prefix is None else {"value": prefix.value, "usage": prefix.usage},
            "trace_key": trace.key,
            "ignored": list(key.ignored),
        }
    )


def _bad_line(message: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"ok": False, "ais": None}
    answer |= dict.fromkeys(("element_string", "digital_link", "epc_urn"))
    return answer | {"errors": [{"kind": "bad_line", "ai": None, "position": None, "message": message}]}


def _line_answer(line: str, *, lenient: bool) -> dict[str, Any]:
    """The answer to one line of ``--jsonl``."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return _bad_line(f"Cannot read line {shorten(line.strip())}: expected a JSON object.")
    if not isinstance(asked, dict) or not isinstance(asked.get("input"), str):
        return _bad_line(f'Cannot read line {shorten(line.strip())}: expected a JSON object with "input", a text.')
    length, expect = asked.get("gcp_length"), asked.get("expect")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int)):
        return _bad_line(f"Cannot use company prefix length {shorten(length)}: expected a whole number from 6 to 12.")
    try:
        return _answer(asked["input"], length, expect if isinstance(expect, str) else None, lenient=lenient)[1]
    except IdentifierError as fault:  # an unknown kind of key in "expect"
        return _bad_line(str(fault))


def _stream(lines: Iterable[str], *, lenient: bool) -> int:
    worst = 0
    for line in lines:
        if line.strip():
            answer = _line_answer(line, lenient=lenient)
            worst = max(worst, _code(answer))
            sys.stdout.write(json.dumps(answer) + "\n")
    return worst


def _texts(given: tuple[str, ...]) -> Iterator[str]:
    for text in given:
        if text == "-":
            yield from (line for line in sys.stdin.read().split("\n") if line.strip())
        else:
            yield text


@click.command(
    "id", epilog="Example: epcis-kit id '(01)09506000134352(10)ABC' https://id.gs1.org/00/106141412345678908"
)
@click.argument("texts", metavar="TEXT…", nargs=-1)
@click.option("--gcp-length", type=click.IntRange(6, 12), help="Digits of the company prefix, where they are known.")
@click.option("--as", "expect", type=click.Choice(sorted(EXPECT_NAMES)), help="What a bare number is.")
@click.option("--lenient", is_flag=True, help="Read links with short GTINs and the early names (/gtin/) too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each TEXT, one a line.")
@click.option("--jsonl", is_flag=True, help='Answer each line {"input": …, "gcp_length": n} with a line of JSON.')
def id_command(
    texts: tuple[str, ...], *, gcp_length: int | None, expect: str | None, lenient: bool, as_json: bool, jsonl: bool
) -> None:
    """Explain identifiers: what each is, its parts, and every other form it has.

    TEXT is any spelling of a GS1 key or EPC: an element string, a Digital Link, an EPC URN, the hex of a tag, or the
    digits of a GTIN, SSCC or GLN. With --jsonl, TEXT names files of questions; none or - is standard input.
    """
    if jsonl:
        worst = 0
        for name in texts or ("-",):
            with click.open_file(name, encoding="utf-8", errors="surrogateescape") as lines:
                worst = max(worst, _stream(lines, lenient=lenient))
        raise SystemExit(worst)
    if not texts:
        raise click.UsageError("Give at least one TEXT, or - for standard input.")
    worst = 0
    for number, text in enumerate(_texts(texts)):
        key, answer = _answer(text, gcp_length, expect, lenient=lenient)
        worst = max(worst, _code(answer))
        if as_json:
            click.echo(json.dumps(_describe(text, key, answer, gcp_length)))
            continue
        if number:
            click.echo()
        for line in _explain(key, gcp_length) if key is not None else _complain(text, answer):
            click.echo(line)
    raise SystemExit(worst)
