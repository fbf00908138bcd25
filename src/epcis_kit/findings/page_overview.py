"""The part of a report's page that says what a document is about: events, products, packing, companies.

Takes the overview that ``validate`` fills, plain data of the form that ``schemas/json/report.schema.json`` describes;
gives parts of a page. Guarantees: reads what is there and leaves out what is not; whatever stands in a document appears
as text; says where the overview was cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epcis_kit._page import NUMBER, Markup, section, table, tag
from epcis_kit.findings.furniture import counted, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["draw_overview"]

_MOST_LOTS = 6


def draw_overview(overview: Mapping[str, Any], language: str) -> Iterator[Markup]:
    """The sections of the page, one after another."""
    draw = _Overview(language)
    yield draw.events(overview)
    yield draw.products(overview)
    yield draw.packing(overview)
    yield draw.companies(overview)
    cuts = overview.get("cut", [])
    if cuts:
        what = "; ".join(word(f"cut {cut}", language, n="") for cut in cuts if cut != "serials")
        if "serials" in cuts:
            numbers = word("cut serials", language, n=f"{overview['limits']['serials']:,}")
            what = "; ".join(filter(None, (what, numbers)))
        yield tag("p", word("cut", language, what=what), class_="soft small")


class _Overview:
    def __init__(self, language: str) -> None:
        self.language = language

    def word(self, key: str) -> str:
        return word(key, self.language)

    def heads(self, *keys: str) -> list[str]:
        return [self.word(key) for key in keys]

    def events(self, overview: Mapping[str, Any]) -> Markup:
        found = overview.get("events", [])
        if not found:
            return Markup("")
        most = max(row["count"] for row in found)
        rows = [
            [
                row["type"],
                row["step"] or "–",
                row["action"] or "–",
                f"{row['count']:,}",
                tag("span", "", class_="bar", style=f"width:{max(2, round(120 * row['count'] / most))}px"),
            ]
            for row in found
        ]
        head = [*self.heads("event type", "business step"), "Action", self.word("number"), ""]
        span = ""
        if overview.get("first"):
            span = f"{self.word('first')}: {overview['first']} · {self.word('last')}: {overview['last']}"
        intro = " ".join(filter(None, (self.word("events intro"), span)))
        return section(
            self.word("events"),
            table(head, rows, kinds=["t", "", "", NUMBER, ""]),
            intro=intro,
        )

    def products(self, overview: Mapping[str, Any]) -> Markup:
        found = overview.get("products", [])
        if not found:
            return Markup("")
        rows = []
        for row in found:
            lots = ", ".join(row["lots"][:_MOST_LOTS])
            if len(row["lots"]) > _MOST_LOTS or row.get("more_lots"):
                lots += f", … (+{len(row['lots']) - len(row['lots'][:_MOST_LOTS]) + row.get('more_lots', 0):,})"
            rows.append(
                [
                    row["gtin"],
                    row["name"] or "–",
                    lots or "–",
                    ", ".join(row["expiry"][:3]) or "–",
                    f"{row['serials']:,}",
                ]
            )
        head = [*self.heads("gtin", "name", "lot", "expiry"), counted(2, "serial", self.language).partition(" ")[2]]
        return section(
            self.word("products"),
            table(head, rows, kinds=["t", "", "", "t", NUMBER]),
            intro=self.word("products intro"),
        )

    def packing(self, overview: Mapping[str, Any]) -> Markup:
        levels, tree = overview.get("levels", []), overview.get("tree", [])
        if not levels and not tree:
            return Markup("")
        rows = [
            [
                row["container"],
                row["content"],
                f"{row['containers']:,}",
                f"{row['contents']:,}",
                f"{row['least']:,}" if row["least"] == row["most"] else f"{row['least']:,}–{row['most']:,}",
            ]
            for row in levels
        ]
        head = [
            counted(1, "container", self.language).partition(" ")[2].capitalize(),
            *self.heads("contents", "number", "inside", "per container"),
        ]
        parts: list[object] = [table(head, rows, kinds=["", "", NUMBER, NUMBER, NUMBER])] if rows else []
        if tree:
            parts.append(tag("div", tag("ul", *(self.node(node) for node in tree)), class_="tree"))
        return section(self.word("hierarchy"), *parts, intro=self.word("hierarchy intro"))

    def node(self, node: Mapping[str, Any]) -> Markup:
        label = tag("span", node["label"])
        inside = node.get("contents", [])
        if not inside:
            return tag("li", label)
        items = [self.node(one) for one in inside]
        if node.get("more"):
            items.append(tag("li", f"… +{node['more']:,}", class_="soft"))
        number = tag("span", f" ({len(inside) + node.get('more', 0):,})", class_="soft")
        return tag("li", tag("details", tag("summary", label, number), tag("ul", *items)))

    def companies(self, overview: Mapping[str, Any]) -> Markup:
        found = overview.get("companies", [])
        if not found:
            return Markup("")
        rows = [[row["name"] or "–", row["id"], ", ".join(row["roles"]), f"{row['events']:,}"] for row in found]
        head = [*self.heads("name"), "ID", *self.heads("role", "event count")]
        return section(
            self.word("companies"),
            table(head, rows, kinds=["", "k", "", NUMBER]),
            intro=self.word("companies intro"),
        )
