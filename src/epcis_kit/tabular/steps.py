"""Steps: small changes of a text that a mapping may ask for, one after the other.

Takes a list such as ``[strip, upper, {replace: ["-", ""]}, {cut: 14}]``; gives one function from text to text.
Guarantees: each step is one of a short table; a step that does not exist, or has the wrong arguments, is refused when
the mapping is read; regular expressions are bounded by what can be searched in a cell.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.faults import near

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["STEPS", "compile_regex", "compile_steps"]

_PLAIN: Final[dict[str, Callable[[str], str]]] = {
    "strip": str.strip,
    "upper": str.upper,
    "lower": str.lower,
    "casefold": str.casefold,
    "digits": lambda text: "".join(letter for letter in text if letter in "0123456789"),
    "squeeze": lambda text: " ".join(text.split()),
    "no_space": lambda text: "".join(text.split()),
    "narrow": lambda text: unicodedata.normalize("NFKC", text),
}
_WITH: Final = ("replace", "remove", "cut", "pad", "before", "after", "prefix", "suffix")
STEPS: Final = (*_PLAIN, *_WITH)
"""The names of all steps."""

_NESTED: Final = re.compile(r"\([^()]*[+*][^()]*\)[+*{]|\(\?[<!=]")


def compile_regex(text: Any, place: str) -> re.Pattern[str]:
    """A regular expression of a mapping.

    Raises:
        MappingError: It is none, or one whose time grows beyond all bounds (a repeated group with a repetition in it).
    """
    if not isinstance(text, str) or len(text) > 500:
        raise MappingError(f"{place}: expected a regular expression of at most 500 characters, got {shorten(text)}.")
    if _NESTED.search(text.replace("(?P<", "(").replace("(?:", "(")) and re.search(r"\([^()]*[+*][^()]*\)[+*{]", text):
        raise MappingError(f"{place}: expected no repetition of a group that repeats inside, got {shorten(text)}.")
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise MappingError(f"{place}: cannot read the regular expression {shorten(text)}: {error}.") from None


def compile_steps(content: Any, place: str) -> Callable[[str], str]:
    """One function of all steps.

    Raises:
        MappingError: A step does not exist or has wrong arguments.
    """
    if isinstance(content, str):
        content = [content]
    if not isinstance(content, list):
        raise MappingError(f"{place}: expected a list such as [strip, upper], got {shorten(content)}.")
    steps = [_step(item, place) for item in content]
    if len(steps) == 1:
        return steps[0]

    def run(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return run


def _step(item: Any, place: str) -> Callable[[str], str]:
    if isinstance(item, str) and item in _PLAIN:
        return _PLAIN[item]
    if isinstance(item, dict) and len(item) == 1:
        ((name, value),) = item.items()
        if name in _WITH:
            return _with(name, value, place)
        item = name
    raise MappingError(f"{place}: there is no step {shorten(item)}{near(item, STEPS)}. Known: {', '.join(STEPS)}.")


def _with(name: str, value: Any, place: str) -> Callable[[str], str]:
    if name == "replace":
        if not isinstance(value, list) or len(value) != 2:
            raise MappingError(f"{place}: expected {{replace: [old, new]}}, got {shorten(value)}.")
        old, new = map(str, value)
        return lambda text: text.replace(old, new)
    if name in {"cut", "pad"}:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 1000:
            raise MappingError(f"{place}: expected {{{name}: number of characters}}, got {shorten(value)}.")
        return (lambda text: text[:value]) if name == "cut" else (lambda text: text.zfill(value))
    word = str(value)
    if not word:
        raise MappingError(f"{place}: expected a text after {name!r}.")
    return {
        "remove": lambda text: text.replace(word, ""),
        "before": lambda text: text.partition(word)[0],
        "after": lambda text: text.partition(word)[2] if word in text else text,
        "prefix": lambda text: word + text,
        "suffix": lambda text: text + word,
    }[name]
