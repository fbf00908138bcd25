"""Reports for a quality manager: one HTML page that needs nothing else.

Takes reports, with an overview of the document where ``validate`` made one; gives the text of a page. Guarantees: the
page holds its style, runs no script and loads nothing; whatever stands in a document appears as text; it reads on a
wide and a narrow screen, in light and in dark, and on paper; long lists are cut and say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit._page import NUMBER, Markup, cards, join, page, section, table, tag
from epcis_kit.findings.furniture import LAYERS, affected_text, counted, place_text, short_place, verdict, word
from epcis_kit.findings.grouping import grouped
from epcis_kit.findings.page_overview import draw_overview
from epcis_kit.findings.text_report import by_rule, profile_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding, Location

__all__ = ["to_html"]

_MOST_OF_A_RULE: Final = 50
_MOST_RULES: Final = 200
_SIGNS: Final = {"error": "✕", "warning": "!", "info": "i"}


def to_html(reports: Sequence[Report], language: str = "en", *, made: str = "") -> str:
    """A page with everything the reports say.

    Args:
        reports: One a document.
        language: ``"en"`` or ``"zh"``.
        made: When the check was made, as text; left out where it is empty.
    """
    draw = _Page(language)
    single = len(reports) == 1
    title = draw.name(reports[0]) if single else counted(len(reports), "document", language)
    parts: list[object] = [draw.header(title, reports, made)]
    if not single:
        parts.append(draw.documents(reports))
    for number, report in enumerate(reports, 1):
        parts.extend(draw.report(report, None if single else number))
    return page(
        f"{title}: {word('kicker', language)}",
        *parts,
        footer=word("footer", language),
        language="zh-CN" if language == "zh" else "en",
        style=_STYLE,
    )


class _Page:
    def __init__(self, language: str) -> None:
        self.language = language

    def word(self, key: str, **filled: object) -> str:
        return word(key, self.language, **filled)

    def name(self, report: Report) -> str:
        return report.file or self.word("document")

    def header(self, title: str, reports: Sequence[Report], made: str) -> Markup:
        facts = [self.word("subtitle", profile=", ".join(dict.fromkeys(report.profile for report in reports)))]
        if made:
            facts.append(f"{self.word('made')}: {made}")
        return tag(
            "header",
            tag("p", self.word("kicker"), class_="kicker"),
            tag("h1", title),
            tag("p", " · ".join(facts), class_="soft"),
        )

    def documents(self, reports: Sequence[Report]) -> Markup:
        rows = []
        for number, report in enumerate(reports, 1):
            counts = report.counts()
            rows.append(
                [
                    tag("a", self.name(report), href=f"#d{number}"),
                    self.badge(report),
                    *(f"{count:,}" for count in (report.events, *counts.values())),
                ]
            )
        head = [self.word(key) for key in ("document", "decided", "event count", "error", "warning", "info")]
        return section(self.word("documents"), table(head, rows, kinds=["", "", *[NUMBER] * 4]))

    def badge(self, report: Report) -> Markup:
        good = report.valid and report.readable
        return tag("span", self.word(verdict(report)), class_=f"badge {'good' if good else 'bad'}")

    def report(self, report: Report, number: int | None) -> Iterator[Markup]:
        """All that is said of one document; ``number`` where there are several."""
        if number is not None:
            yield tag("h1", self.name(report), id=f"d{number}", class_="next")
        yield self.decided(report)
        counts = report.counts()
        colours = {"error": "red", "warning": "amber", "info": ""}
        found: list[tuple[str, str, str]] = [(f"{report.events:,}", self.label(report.events, "event"), "")]
        found += [
            (f"{count:,}", self.label(count, severity), colours[severity] if count else "green" * (severity != "info"))
            for severity, count in counts.items()
        ]
        numbers: dict[str, int] = (report.overview or {}).get("numbers", {})
        found += [(f"{count:,}", self.label(count, kind), "") for kind, count in numbers.items() if count]
        yield cards(found)
        yield self.findings(report)
        if report.overview is not None:
            yield from draw_overview(report.overview, self.language)
        if report.accepted:
            yield self.accepted(report)

    def label(self, number: int, thing: str) -> str:
        return counted(number, thing, self.language).partition(" ")[2]

    def decided(self, report: Report) -> Markup:
        counts = report.counts()
        if not report.readable:
            sentence = self.word("unreadable long")
        elif counts["error"]:
            key = "unsafe one" if counts["error"] == 1 else "unsafe"
            sentence = self.word(key, n=f"{counts['error']:,}")
        else:
            sentence = self.word("valid long" if counts["warning"] else "clean long")
        profiles = profile_verdicts(report)
        chips = [
            tag(
                "span",
                f"{name}: {self.word('fail' if found['error'] else 'pass')}",
                class_=f"chip {'bad' if found['error'] else 'good'}",
            )
            for name, found in profiles
        ]
        good = report.valid and report.readable
        return tag(
            "div",
            tag("b", self.word(verdict(report))),
            tag("span", sentence),
            tag("p", *chips) if len(profiles) > 1 else Markup(""),
            class_=f"verdict {'good' if good else 'bad'}",
        )

    def findings(self, report: Report) -> Markup:
        rules = by_rule(report.findings)
        if not rules:
            return Markup("")
        blocks: list[object] = [self.rule(findings) for findings in rules[:_MOST_RULES]]
        left = sum(one.count for findings in rules[_MOST_RULES:] for one in findings)
        if left:
            blocks.append(tag("p", f"… {self.word('again', n=f'{left:,}')}", class_="soft"))
        if report.omitted:
            what = ", ".join(counted(number, severity, self.language) for severity, number in report.omitted)
            blocks.append(tag("p", self.word("omitted", what=what), class_="soft"))
        return section(self.word("findings"), *blocks, intro=self.word("findings intro"), class_="found")

    def rule(self, findings: list[Finding]) -> Markup:
        first = findings[0].in_language(self.language)
        total = sum(one.count for one in findings)
        title = [
            tag("span", _SIGNS[first.severity], class_="sign"),
            tag("span", self.word(first.severity), class_="level"),
            tag("span", first.rule, class_="id"),
            tag("span", LAYERS[first.layer][self.language == "zh"], class_="soft"),
        ]
        if first.profile:
            title.append(tag("span", first.profile, class_="soft"))
        if total > 1:
            title.append(tag("span", self.word("times", n=f"{total:,}").strip(), class_="times"))
        advice = Markup("")
        if first.hint:
            advice = tag("p", tag("b", self.word("hint") + (": " if self.language == "en" else "：")), first.hint)
        shown = findings[:_MOST_OF_A_RULE]
        items = [tag("li", *self.finding(one)) for one in shown]
        left = total - sum(one.count for one in shown)
        if left:
            items.append(tag("li", f"… {self.word('again', n=f'{left:,}')}", class_="soft"))
        few = items[:3]
        body: list[object] = [tag("ul", *few)]
        if len(items) > len(few):
            summary = f"{self.word('again', n=f'{total - sum(one.count for one in shown[:3]):,}')}"
            body.append(tag("details", tag("summary", summary), tag("ul", *items[len(few) :])))
        return tag("article", tag("h3", *title), *body, tag("div", advice, class_="advice"), class_=first.severity)

    def finding(self, one: Finding) -> Iterator[Markup]:
        said = one.in_language(self.language)
        times = self.word("times", n=f"{one.count:,}") if one.count > 1 else ""
        yield tag("p", said.message, tag("span", times, class_="times") if times else "", class_="said")
        place = self.place(one.location)
        if place:
            yield tag("p", place, class_="where")
        if one.expected is not None or one.snippet is None:
            pairs = [(self.word(key), value) for key, value in (("value", one.value), ("expected", one.expected))]
            pairs = [(name, value) for name, value in pairs if value is not None]
            shown = [join(tag("span", name, class_="soft"), " ", tag("code", value)) for name, value in pairs]
            if shown:
                yield tag("p", join(*shown, by="  "))
        if one.affected and [value for _, value in one.affected] != [one.value]:
            names = affected_text(one.affected, self.language)
            yield tag("p", tag("span", self.word("affected"), class_="soft"), " ", names, class_="where")
        if one.snippet:
            yield _source(one.snippet)
        others = [short_place(sample, self.language) for sample in one.samples[1:]]
        if any(others):
            rest = one.count - len(one.samples)
            tail = f", … (+{rest:,})" if rest > 0 else ""
            yield tag("p", self.word("more places", places="; ".join(others) + tail), class_="where")
        for other in one.related:
            yield tag("p", self.word("related", places=self.place(other)), class_="where")
            if other.snippet:
                yield _source(other.snippet)

    def place(self, place: Location) -> str:
        text = place_text(place, self.language)
        return f"{text} · {place.event_id}" if place.event_id else text

    def accepted(self, report: Report) -> Markup:
        rows = [
            [one.rule, one.in_language(self.language).message, self.place(one.location), f"{one.count:,}", one.reason]
            for one in grouped(report.accepted)[:_MOST_RULES]
        ]
        head = [self.word(key) for key in ("rule", "message", "found in", "count", "reason")]
        return section(
            self.word("accepted"), table(head, rows, kinds=["t", "", "", NUMBER, ""]), intro=self.word("accepted intro")
        )


def _source(snippet: str) -> Markup:
    """Lines of the source without the indentation that all have; the line with the mark has a colour of its own."""
    split = [line.partition(" | ") if " | " in line else (line, "", "") for line in snippet.splitlines()]
    indents = [len(code) - len(code.lstrip(" ")) for _, _, code in split if code.strip()]
    common = min(indents, default=0)
    lines: list[Any] = []
    for number, bar, code in split:
        line = f"{number}{bar}{code[common:]}"
        marked = not number.strip() and "^" in code and code.strip(" ^") == ""
        lines.append(tag("span", line, class_="mark") if marked else line)
    return tag("pre", join(*lines, by="\n"))


_STYLE: Final = """
a { color: var(--blue); }
h1 { overflow-wrap: anywhere; } h1.next { margin-top: 46px; border-top: 3px solid var(--ink); padding-top: 14px; }
.cards { display: grid; grid-template-columns: repeat(5, 1fr); }
.verdict { border-left: 7px solid var(--red); background: var(--wash); padding: 12px 16px; border-radius: 3px; }
.verdict.good { border-left-color: var(--green); } .verdict b { font-size: 20px; margin-right: 14px; }
.verdict.bad b { color: var(--red); } .verdict.good b { color: var(--green); } .verdict p { margin: 8px 0 0; }
.badge, .chip { display: inline-block; border-radius: 3px; padding: 0 8px; font-size: 12.5px; font-weight: 600;
  border: 1px solid currentColor; margin-right: 8px; white-space: nowrap; }
.badge.good, .chip.good { color: var(--green); } .badge.bad, .chip.bad { color: var(--red); }
.found article { border: 1px solid var(--line); border-left: 5px solid var(--grey); border-radius: 3px;
  padding: 10px 14px; margin: 12px 0; }
article.error { border-left-color: var(--red); } article.warning { border-left-color: var(--amber); }
article h3 { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; margin: 0 0 6px; }
article h3 .sign { width: 20px; height: 20px; border-radius: 50%; background: var(--grey); color: var(--paper);
  text-align: center; font-size: 12px; line-height: 20px; align-self: center; }
article.error .sign { background: var(--red); } article.warning .sign { background: var(--amber); }
article.error .level { color: var(--red); } article.warning .level { color: var(--amber); }
article .id { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace; }
article h3 .soft, .times { font-weight: 400; font-size: 13px; color: var(--soft); }
article ul { list-style: none; padding: 0; margin: 0; } article li { margin: 0 0 10px; }
article p { margin: 0 0 2px; overflow-wrap: anywhere; } .said { max-width: 62em; }
.where { color: var(--soft); font-size: 12.5px; }
article code { background: var(--wash); padding: 0 4px; border-radius: 2px; font-size: 12.5px; }
article pre { background: var(--wash); padding: 8px 10px; margin: 5px 0 0; overflow-x: auto; font-size: 12px;
  line-height: 1.45; font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace; }
pre .mark { color: var(--red); font-weight: 700; }
.advice p { border-top: 1px solid var(--line); padding-top: 6px; margin-top: 4px; }
.tree ul { list-style: none; padding-left: 22px; border-left: 1px solid var(--line); margin: 0 0 0 6px; }
.tree > ul { padding-left: 0; border-left: 0; margin: 0; } .tree details { margin: 2px 0; }
.tree .k { font-size: 12px; }
.bar { display: inline-block; height: 9px; background: var(--blue); border-radius: 2px; min-width: 2px; }
@media (max-width: 640px) { .verdict b { display: block; } .cards { grid-template-columns: repeat(2, 1fr); } }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #a3afbb; --line: #36414c; --wash: #1e262e; --paper: #14191e; --red: #ff8a80;
    --amber: #f0b355; --grey: #8996a3; --green: #6fcf97; --blue: #82b7ea; color-scheme: dark; }
  .scroll { background: none; }
}
@media print {
  @page { size: A4 portrait; margin: 13mm; }
  .found article { break-inside: auto; padding: 5pt 8pt; margin: 6pt 0; } .found li { break-inside: avoid; }
  article h3 { break-after: avoid; } article pre { white-space: pre-wrap; font-size: 8pt; }
  .verdict { break-inside: avoid; } h1.next { break-before: page; border: 0; margin: 0; }
  details:not([open]) { display: none; }
}
"""
