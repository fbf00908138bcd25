"""Which encoding a table is written in, and bad bytes that do not end the reading.

Takes the first bytes of a table; gives the name of a codec. Guarantees: a byte order mark decides; text that is UTF-8
is read as UTF-8; else the legacy encodings that spreadsheets still write (Windows-1252, GB 18030, Shift-JIS, Korean)
are compared by how much of the text they make plausible, and the mapping may always name one. Bytes that are wrong in
the middle of a table become markers, so that only their row is refused.
"""

from __future__ import annotations

import codecs
import itertools
import re
from typing import Final

__all__ = ["BAD", "MARKED", "detect_encoding", "marked"]

BAD: Final = "epcis-kit-marked"
"""Name of the error handler that marks bad bytes."""

MARKED: Final = re.compile("[\udc00-\udcff]")
"""Finds what the handler has marked."""

marked = [0]
"""How many bad bytes were met so far in this process; readers look for markers only where it has grown."""

_HANGUL: Final = frozenset(
    "가각간고공과관구국그금기나날남납내년노농는다대도동드라량로록류를리마명목무물미바반배번법보부분비사산상생서선성세소송수순시식실아안업에여역연염영오용우운울원월위유으은을의이인일입자장재저적전정제조종주중증지진차처철체출치코크타터통트파판포표품하한합항해현호화회확환"
)
_HANZI: Final = frozenset(
    "的一是不了人在有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运批号库货商单价质检数量日期名称产地供应仓订购销发收包装箱托盘规格型号厂"
)
_KANA: Final = re.compile("[\u3040-\u30ff]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    marked[0] += 1
    start = error.start
    end = min(max(error.end, start + 1), start + 1) if error.encoding not in {"utf-16", "utf-16-le"} else error.end
    return "".join(chr(0xDC00 + byte) for byte in error.object[start:end]), end


codecs.register_error(BAD, _mark)


def detect_encoding(sample: bytes) -> str:
    """The codec of a text that begins with ``sample``."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in sample[:4096]:
        even, odd = sample[:4096:2].count(0), sample[1:4096:2].count(0)
        if max(even, odd) > len(sample[:4096]) // 8:
            return "utf-16-be" if even > odd else "utf-16-le"
    if sample.isascii() or _decoded(sample, "utf-8") is not None:
        return "utf-8"
    if _bad_share(sample) < 0.3:
        return "utf-8"
    scores = {name: _score(sample, name) for name in ("gb18030", "cp932", "cp949", "cp1252")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else "utf-8"


def _bad_share(sample: bytes) -> float:
    """How much of what is beyond ASCII is no UTF-8: a few bad bytes in UTF-8 are bad bytes, not another encoding."""
    high = sum(byte > 127 for byte in sample)
    bad = sum(letter == "\ufffd" for letter in sample.decode("utf-8", "replace"))
    return bad / high if high else 0.0


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The text, where all of it fits; a character that the end of the sample cuts does not count."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
    except UnicodeDecodeError:
        return None


def _score(sample: bytes, encoding: str) -> float:
    """Between -1 and 1: how plausible the text is that the encoding makes of the sample."""
    text = _decoded(sample, encoding)
    if text is None:
        return -1.0
    letters = [letter for letter in text if ord(letter) > 127]
    if not letters:
        return 0.0
    if encoding == "cp1252":
        return _western(text, letters)
    if any("\ue000" <= letter <= "\uf8ff" for letter in letters):
        return -1.0
    if encoding == "cp949":
        hangul = [letter for letter in letters if "\uac00" <= letter <= "\ud7a3"]
        frequent = sum(letter in _HANGUL for letter in hangul)
        return (2 * frequent + len(hangul) - len(letters)) / (2 * len(letters))
    if encoding == "cp932":
        kana = sum(bool(_KANA.match(letter)) for letter in letters)
        kanji = sum("\u4e00" <= letter <= "\u9fff" for letter in letters)
        half = sum("\uff61" <= letter <= "\uff9f" for letter in letters)
        return (2 * kana + 0.5 * kanji - 2 * half) / (2 * len(letters)) if kana else 0.1 * kanji / len(letters) - half
    frequent = sum(letter in _HANZI for letter in letters)
    common = sum("\u4e00" <= letter <= "\u9fff" or letter in "，。、：；（）《》！？“”" for letter in letters)
    return (2 * frequent + common - len(letters)) / (2 * len(letters))


def _western(text: str, letters: list[str]) -> float:
    """Letters with accents stand among plain ones; two of them side by side are rare."""
    pairs = sum(ord(one) > 127 and ord(two) > 127 for one, two in itertools.pairwise(text))
    words = sum((letter.isalpha() and letter not in "ÿþðÐÞƒ") or letter in "€£°²³µ§–—‘’“”…«»·" for letter in letters)
    return 0.9 * words / len(letters) - 2 * pairs / len(letters)
