"""The words of reports around the findings, in every language: headings, verdicts, names of columns, counts.

Takes the key of a word and a language; gives text. Guarantees: every word exists in every language (a test compares the
tables); numbers have thousands separators; English has its plurals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Location

__all__ = [
    "COUNTED",
    "KINDS",
    "LAYERS",
    "WORDS",
    "affected_text",
    "counted",
    "place_text",
    "short_place",
    "verdict",
    "word",
]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "accepted": ("Accepted", "已接受"),
    "accepted intro": (
        "Suppressed with a reason, or known from the baseline; they do not count.",
        "已按理由屏蔽，或已在基线中；不计入结果。",
    ),
    "action": ("What to do", "如何处理"),
    "affected": ("Concerns", "涉及对象"),
    "again": ("and {n} more like these", "另有 {n} 处相同"),
    "business step": ("Business step", "业务步骤"),
    "clean": ("clean", "未发现问题"),
    "clean long": ("Nothing was found that must be mended.", "未发现需要修改的问题。"),
    "column": ("Column", "列"),
    "companies": ("Companies and places", "企业与地点"),
    "companies intro": (
        "Every party and location that the events name.",
        "事件中提到的所有参与方和地点。",
    ),
    "contents": ("Contents", "内含"),
    "count": ("Times", "次数"),
    "cut": (
        "The document is larger than this overview: {what}.",
        "文档超出本概览的范围：{what}。",
    ),
    "cut containers": ("not all containers are drawn", "未画出全部包装"),
    "cut locations": ("not all places are listed", "未列出全部地点"),
    "cut lots": ("not all lots are listed", "未列出全部批次"),
    "cut products": ("not all products are listed", "未列出全部产品"),
    "cut serials": (
        "identifiers were counted as often as they are named beyond {n}",
        "超过 {n} 个之后，标识按出现次数计数",
    ),
    "decided": ("Verdict", "结论"),
    "document": ("Document", "文档"),
    "documents": ("Documents", "文档"),
    "error": ("error", "错误"),
    "event": ("event {n}", "事件 {n}"),
    "event id": ("Event ID", "事件 ID"),
    "event number": ("Event", "事件序号"),
    "event type": ("Type", "类型"),
    "event count": ("Events", "事件数"),
    "events": ("What happened", "事件一览"),
    "events intro": ("Events by type and business step.", "按类型和业务步骤统计的事件。"),
    "expected": ("Expected", "应为"),
    "expiry": ("Expires", "有效期至"),
    "fail": ("FAIL", "不通过"),
    "file": ("File", "文件"),
    "findings": ("What to mend, most important first", "需要处理的问题（按重要性排序）"),
    "findings intro": (
        "Faults of the form come first, because they often cause others: mend from top to bottom.",
        "格式错误排在最前，因为它们常常引起其他问题；请自上而下处理。",
    ),
    "first": ("First event", "最早事件"),
    "footer": (
        "Made by epcis_kit. This page is complete in itself: it loads nothing and sends nothing.",
        "由 epcis_kit 生成。本页面自成一体，不加载也不发送任何数据。",
    ),
    "found in": ("First place", "首个位置"),
    "gtin": ("GTIN", "GTIN"),
    "hierarchy": ("How goods are packed", "包装层级"),
    "hierarchy intro": (
        "From the aggregations: what was put into what. Open a container to see inside.",
        "依据聚合事件：什么装入了什么。展开可查看内容。",
    ),
    "hint": ("What to do", "如何处理"),
    "info": ("info", "提示"),
    "inside": ("Contained", "内含物"),
    "kicker": ("EPCIS validation report", "EPCIS 校验报告"),
    "last": ("Last event", "最晚事件"),
    "layer": ("Kind", "类别"),
    "line": ("Line", "行"),
    "lines": ("line {line}", "第 {line} 行"),
    "lines columns": ("line {line}, column {column}", "第 {line} 行第 {column} 列"),
    "lot": ("Lot", "批次"),
    "made": ("Checked", "校验时间"),
    "message": ("What is wrong", "问题"),
    "more places": ("also at {places}", "另见 {places}"),
    "most": ("The first {n} places", "前 {n} 个位置"),
    "name": ("Name", "名称"),
    "none": ("none", "无"),
    "not valid": ("NOT VALID", "无效"),
    "number": ("Number", "数量"),
    "omitted": ("Not shown: {what}", "未显示：{what}"),
    "other": ("other", "其他"),
    "overview": ("What the document is about", "文档内容概览"),
    "pack levels": ("Pack levels", "包装关系"),
    "pass": ("PASS", "通过"),
    "per container": ("In each", "每个内装"),
    "place": ("Place", "位置"),
    "pointer": ("Path", "路径"),
    "product": ("Product", "产品"),
    "products": ("Products and lots", "产品与批次"),
    "products intro": ("GTINs with their lots, as the events name them.", "事件中出现的 GTIN 及其批次。"),
    "profile": ("Profile", "规则集"),
    "reason": ("Reason", "理由"),
    "related": ("see also {places}", "参见 {places}"),
    "role": ("Role", "角色"),
    "row": ("row {n}", "第 {n} 行"),
    "rule": ("Rule", "规则"),
    "severity": ("Severity", "级别"),
    "sheet all": ("All findings", "全部问题"),
    "sheet mend": ("To mend", "处理清单"),
    "sheet summary": ("Summary", "汇总"),
    "subtitle": ("Profile {profile}", "规则集 {profile}"),
    "summary": ("Summary", "汇总"),
    "table column": ("column {name}", "列 {name}"),
    "times": (" ({n} times)", "（{n} 次）"),
    "unreadable": ("CANNOT BE READ", "无法读取"),
    "unreadable long": (
        "The document could not be read to its end; what could be read was checked.",
        "文档无法完整读取；已检查能够读取的部分。",
    ),
    "unsafe": ("{n} errors must be mended before a partner can take it.", "须先修正 {n} 个错误，合作伙伴才能接收。"),
    "unsafe one": ("1 error must be mended before a partner can take it.", "须先修正 1 个错误，合作伙伴才能接收。"),
    "valid": ("valid", "有效"),
    "valid long": (
        "No error was found; the warnings deserve a look.",
        "未发现错误；请留意警告。",
    ),
    "value": ("Written", "实际值"),
    "warning": ("warning", "警告"),
    "where": ("Where", "位置"),
}
"""Each word in English and Chinese; ``{…}`` is filled in."""

COUNTED: Final[dict[str, tuple[str, str, str]]] = {
    "document": ("document", "documents", "个文档"),
    "event": ("event", "events", "个事件"),
    "error": ("error", "errors", "个错误"),
    "warning": ("warning", "warnings", "个警告"),
    "info": ("note", "notes", "个提示"),
    "product": ("product (GTIN)", "products (GTIN)", "个产品 (GTIN)"),
    "lot": ("lot", "lots", "个批次"),
    "serial": ("serialised item", "serialised items", "个序列化单品"),
    "sscc": ("logistic unit (SSCC)", "logistic units (SSCC)", "个物流单元 (SSCC)"),
    "location": ("place", "places", "个地点"),
    "party": ("party", "parties", "个参与方"),
    "container": ("container", "containers", "个包装"),
}
"""Things that are counted: English one and many, Chinese."""

LAYERS: Final[dict[str, tuple[str, str]]] = {
    "syntax": ("cannot be read", "无法读取"),
    "schema": ("form", "格式"),
    "standard": ("standard", "标准"),
    "identifier": ("identifier", "标识"),
    "event": ("event", "事件"),
    "document": ("document", "文档"),
    "sequence": ("order of events", "事件顺序"),
    "masterdata": ("master data", "主数据"),
    "profile": ("profile", "规则集要求"),
    "plausibility": ("plausibility", "合理性"),
}
"""Layers as people call them, in the order in which faults are best mended."""


KINDS: Final[dict[str, tuple[str, str]]] = {
    "identifier": ("identifier", "标识"),
    "lot": ("lot", "批次"),
    "party GLN": ("party GLN", "参与方 GLN"),
    "serial": ("serial", "序列号"),
    "extension": ("extension", "扩展"),
}
"""What a finding may concern, where it has no name of its own in every language."""


def word(key: str, language: str, **filled: object) -> str:
    """A word or short sentence."""
    text = WORDS[key][language == "zh"]
    return text.format(**filled) if filled else text


def counted(number: int, thing: str, language: str) -> str:
    """``1 error``, ``2 errors``, ``2 个错误``."""
    one, many, chinese = COUNTED[thing]
    if language == "zh":
        return f"{number:,} {chinese}"
    return f"{number:,} {one if number == 1 else many}"


def verdict(report: Report) -> str:
    """The key of the word for what was found in a document."""
    if not report.readable:
        return "unreadable"
    if not report.valid:
        return "not valid"
    return "valid" if any(report.counts().values()) else "clean"


def affected_text(affected: Iterable[tuple[str, str]], language: str, by: str = ", ") -> str:
    """What a finding concerns: ``GTIN 0952…, serial 7``."""
    return by.join(f"{KINDS.get(kind, (kind, kind))[language == 'zh']} {value}" for kind, value in affected)


def short_place(place: Location, language: str) -> str:
    """Event and line alone, for lists of places that are alike."""
    event = "" if place.event_index is None else word("event", language, n=place.event_index)
    line = "" if place.line is None else word("lines", language, line=place.line)
    if event and line:
        return f"{event}（{line}）" if language == "zh" else f"{event} ({line})"
    return event or line or place_text(place, language)


def place_text(place: Location, language: str) -> str:
    """Where something is, for people: event, line, row, path; without the file."""
    parts = []
    if place.event_index is not None:
        parts.append(word("event", language, n=place.event_index))
    if place.line is not None and place.column is not None:
        parts.append(word("lines columns", language, line=place.line, column=place.column))
    elif place.line is not None:
        parts.append(word("lines", language, line=place.line))
    if place.row is not None:
        parts.append(word("row", language, n=place.row))
    if place.table_column is not None:
        parts.append(word("table column", language, name=repr(place.table_column)))
    inner = place.inner
    if inner or (place.pointer and place.event_index is None):
        parts.append(inner or place.pointer or "")
    return ", ".join(parts)
