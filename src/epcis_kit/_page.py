"""Puts together self-contained HTML pages and SVG pictures, with everything escaped by construction.

Takes plain text and values; gives :class:`Markup`, which is text that already is HTML. ``tag`` makes one element: what
is handed to it as plain ``str`` is escaped, what is ``Markup`` stands as it is. So no caller can forget to escape, and
whatever a stranger put into an event shows up as text. Characters that neither HTML nor XML can hold become U+FFFD;
the output is well-formed XML, so that a picture can stand alone as an SVG file.

``page`` makes the document around the parts: style sheet inside, no script, no reference to anything outside, a
policy that forbids the browser to load anything, readable on a narrow screen and on paper. Shared by every renderer
of the library.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["NUMBER", "Markup", "cards", "join", "page", "section", "table", "tag"]

NUMBER: Final = "n"
"""Column class for numbers: set to the right with figures of one width."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_VOID = frozenset({"br", "meta", "hr"})


class Markup(str):
    """Text that is HTML already; made by the functions of this module only."""

    __slots__ = ()


def _escape(text: object) -> str:
    if isinstance(text, Markup):
        return text
    return _FORBIDDEN.sub("\ufffd", str(text)).translate(_ESCAPES)


def join(*parts: object, by: str = "") -> Markup:
    """The parts one after another, each escaped unless it is :class:`Markup`."""
    return Markup(_escape(by).join(_escape(part) for part in parts))


def tag(name: str, /, *content: object, **attributes: object) -> Markup:
    """One element.

    Args:
        name: Its name, written by us, never taken from data.
        content: Text (escaped) or :class:`Markup`, one after another.
        attributes: Escaped; ``class_`` becomes ``class`` and other underscores become hyphens; ``None`` leaves the
            attribute out; floats are written with at most one decimal.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID or not content:
        return Markup(f"<{name}{written}></{name}>" if name not in _VOID else f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{''.join(_escape(part) for part in content)}</{name}>")


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return _escape(str(value))


def section(title: str, *content: object, intro: str = "", class_: str | None = None) -> Markup:
    """A part of the page with its heading and, where given, one line of introduction."""
    lead = tag("p", intro, class_="intro") if intro else Markup("")
    return tag("section", tag("h2", title), lead, *content, class_=class_)


def cards(numbers: Iterable[tuple[str, str, str]]) -> Markup:
    """Big numbers side by side: the number, what it counts, and a class for its colour (may be empty)."""
    return tag(
        "div",
        *(
            tag("div", tag("b", number), tag("span", label), class_=f"card {kind}".strip())
            for number, label, kind in numbers
        ),
        class_="cards",
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, kinds: Sequence[str] = (), caption: str = ""
) -> Markup:
    """A table; ``kinds`` names a class for each column (``NUMBER`` for numbers)."""
    classes = [kind or None for kind in (*kinds, *[""] * (len(head) - len(kinds)))]
    top = tag("tr", *(tag("th", name, scope="col", class_=kind) for name, kind in zip(head, classes, strict=True)))
    body = [tag("tr", *(tag("td", cell, class_=kind) for cell, kind in zip(row, classes, strict=True))) for row in rows]
    title = tag("caption", caption) if caption else Markup("")
    return tag("div", tag("table", title, tag("thead", top), tag("tbody", *body)), class_="scroll")


def page(title: str, *parts: object, footer: str = "", language: str = "en", style: str = "") -> str:
    """A whole HTML document with its style inside; it loads nothing and runs nothing.

    Args:
        title: The document's title, for the browser's tab.
        parts: The body's parts.
        footer: One line at the end.
        language: The language of the text.
        style: More style rules, written by us.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(_STYLE + style)),
    )
    end = tag("footer", footer) if footer else Markup("")
    body = tag("body", tag("main", *parts, end))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=language)}\n"


_STYLE: Final = """
:root { --ink: #1f2933; --soft: #5b6875; --line: #d9dfe5; --wash: #f5f7f9; --red: #b3261e; --amber: #b26a00;
  --grey: #6b7785; --green: #2e7d4f; --blue: #2b5c8a; --paper: #fff; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto,
  "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 40px; }
header { border-bottom: 3px solid var(--ink); padding-bottom: 14px; margin-bottom: 18px; }
header .kicker { color: var(--soft); font-size: 13px; letter-spacing: .04em; text-transform: uppercase; margin: 0; }
h1 { font-size: 29px; line-height: 1.2; margin: 4px 0 8px; }
h2 { font-size: 19px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 18px 0 4px; }
p { margin: 0 0 8px; }
.question { font-size: 17px; max-width: 62em; margin: 0; }
.intro, .soft { color: var(--soft); max-width: 62em; }
.small { font-size: 13px; }
section { margin-top: 30px; }
.cards { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0; }
.card { flex: 1 1 120px; border: 1px solid var(--line); border-top: 4px solid var(--grey); padding: 8px 12px 10px;
  border-radius: 3px; background: var(--paper); }
.card b { display: block; font-size: 27px; line-height: 1.15; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: 13px; }
.card.red { border-top-color: var(--red); } .card.red b { color: var(--red); }
.card.amber { border-top-color: var(--amber); } .card.amber b { color: var(--amber); }
.card.green { border-top-color: var(--green); } .card.green b { color: var(--green); }
.scroll { overflow-x: auto; background: linear-gradient(to right, #fff 40%, #fff0) 0 0 / 36px 100% no-repeat local,
  linear-gradient(to left, #fff 40%, #fff0) 100% 0 / 36px 100% no-repeat local,
  linear-gradient(to right, #0003, #0000) 0 0 / 10px 100% no-repeat scroll,
  linear-gradient(to left, #0003, #0000) 100% 0 / 10px 100% no-repeat scroll; }
.scroll > svg { display: block; min-width: 860px; width: 100%; height: auto; }
.scroll > svg.compact { min-width: 480px; max-width: 800px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 6px 0 2px; }
caption { text-align: left; font-weight: 600; padding: 6px 0; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: 12.5px; border-bottom: 1.5px solid var(--ink); }
td.n, th.n { text-align: right; padding-right: 16px;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
td.t { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.k, span.k { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace; font-size: 12px;
  overflow-wrap: anywhere; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; }
ul { margin: 4px 0 8px; padding-left: 20px; } li { margin: 3px 0; }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--blue); }
footer { margin-top: 34px; padding-top: 10px; border-top: 1px solid var(--line); color: var(--soft);
  font-size: 12.5px; }
@media (max-width: 640px) {
  main { padding: 16px 14px 28px; } h1 { font-size: 23px; } .question { font-size: 15.5px; }
  .card { flex-basis: 44%; } .card b { font-size: 22px; } table { font-size: 13px; min-width: 560px; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  section { margin-top: 16pt; } h2, h3 { break-after: avoid; }
  .cards { flex-wrap: nowrap; } .card { flex: 1 1 0; padding: 5pt 7pt; } .card b { font-size: 16pt; }
  .scroll { overflow: visible; background: none; }
  .scroll > svg, .scroll > svg.compact { min-width: 0; break-inside: avoid; }
  table { font-size: 9pt; } tr { break-inside: avoid; } thead { display: table-header-group; }
  details:not([open]) { display: none; }
  footer { margin-top: 8pt; padding-top: 4pt; break-before: avoid; }
}
"""
