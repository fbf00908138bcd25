"""Profiles: which rules apply, how severe each is, with which parameters and words.

Takes the name of a profile that ships with the library, or the path of a TOML file; gives a frozen :class:`Profile`.
Guarantees: a profile may inherit from others, and says only what differs; an unknown name, key, rule, severity or word
list, and a profile that inherits from itself, is a :class:`~epcis_kit.errors.QueryError` that names it and what was
probably meant. A file::

    name = "retailer"
    title = { en = "What the retailer asks for" }
    inherits = ["core"]
    cbv = "2.0"
    rules = { include = ["MD-*"], exclude = ["DOC-010"] }
    severity = { EVT-013 = "error", TIM-007 = "off" }
    parameters = { DOC-011 = { max_epcs = 10000 } }
    vocabulary = { biz_step = ["https://example.com/steps/marking"] }
"""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import functools
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from epcis_kit import _resources, vocab
from epcis_kit.errors import QueryError, shorten
from epcis_kit.validate.catalogue import ALL_VERSIONS, catalogue, catalogues, find_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from epcis_kit.findings import Severity

    Setting: TypeAlias = Severity | Literal["off"]

__all__ = ["Profile", "load_profile", "profile_names"]

_FOLDER: Final = "schemas/profiles"
_KEYS: Final = ("name", "title", "inherits", "cbv", "versions", "rules", "severity", "parameters", "vocabulary")
_SEVERITIES: Final = ("error", "warning", "info", "off")
_CORE_PATTERNS: Final = ("DOC-*", "ID-*", "TIM-*", "EVT-*", "SEQ-*")
_DEEPEST: Final = 16
_LARGEST: Final = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """A set of rules.

    Attributes:
        name: Its name, for example ``"dscsa"``.
        title: What it is for, by language.
        rules: Ids of its rules, in the order of the catalogue.
        severity: What differs from the catalogue.
        parameters: What differs from the catalogue, by rule and name.
        cbv: The edition of the CBV whose words may be used, ``"2.0"`` or ``"1.2"``.
        versions: The versions of EPCIS that documents may have.
        vocabulary: Words beyond the CBV, by kind of list (:data:`epcis_kit.vocab.KINDS`).
        inherits: Names of the profiles it builds on.
    """

    name: str
    title: Mapping[str, str] = dataclasses.field(default_factory=dict)
    rules: tuple[str, ...] = ()
    severity: Mapping[str, Setting] = dataclasses.field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    cbv: str = "2.0"
    versions: tuple[str, ...] = ALL_VERSIONS
    vocabulary: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    inherits: tuple[str, ...] = ()


@functools.cache
def profile_names() -> tuple[str, ...]:
    """The names of the profiles that ship with the library, ``core`` first."""
    names = sorted(path.stem for path in _resources.data_path(_FOLDER).glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != "core"))


def load_profile(name_or_path: str | os.PathLike[str]) -> Profile:
    """The profile with this name, or the one in this file.

    Raises:
        QueryError: There is no such profile, or something in it is wrong.
    """
    if isinstance(name_or_path, str) and name_or_path in profile_names():
        return _shipped(name_or_path)
    return _load(os.fspath(name_or_path), Path(), ())


@functools.cache
def _shipped(name: str) -> Profile:
    return _load(name, Path(), ())


def _load(name: str, folder: Path, trail: tuple[str, ...]) -> Profile:
    if name in profile_names():
        place, data = name, _resources.read_bytes(f"{_FOLDER}/{name}.toml")
    else:
        path = folder / name
        place, data = os.fspath(path), _file(path, name)
        folder = path.parent
    if place in trail or len(trail) >= _DEEPEST:
        raise QueryError(f"Cannot use profile {trail[0]!r}: it inherits from itself ({' → '.join((*trail, place))}).")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise QueryError(f"Cannot read profile {place!r}: expected TOML in UTF-8, got a fault: {error}.") from None
    _known(place, "key", table, _KEYS)
    _check_types(place, table)
    bases = [_load(base, folder, (*trail, place)) for base in table.get("inherits", ())]
    return _made(place, table, bases)


def _file(path: Path, name: str) -> bytes:
    if path.suffix != ".toml" and not path.exists():
        raise QueryError(
            f"Cannot use profile {shorten(name)}: expected a file or one of {', '.join(profile_names())}."
            + _meant(name, profile_names())
        )
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise QueryError(f"Cannot read profile {shorten(os.fspath(path))}: {error.strerror}.") from None
    if len(data) > _LARGEST:
        raise QueryError(
            f"Cannot read profile {shorten(os.fspath(path))}: expected at most {_LARGEST} bytes, got more."
        )
    return data


def _meant(name: str, known: Iterable[str]) -> str:
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(str(name).casefold()[:100], folded, n=1)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def _known(place: str, what: str, names: Iterable[str], known: Iterable[str]) -> None:
    expected = tuple(known)
    for name in names:
        if name not in expected:
            listed = f": expected one of {', '.join(expected)}" if len(expected) < 16 else ""
            raise QueryError(
                f"Cannot use profile {place!r}: unknown {what} {shorten(name)}{listed}.{_meant(name, expected)}"
            )


_FORMS: Final[Mapping[str, tuple[type, str]]] = {
    "name": (str, "a text"),
    "title": (dict, "a table of texts"),
    "inherits": (list, "a list of texts"),
    "cbv": (str, "a text"),
    "versions": (list, "a list of texts"),
    "rules": (dict, "a table with include and exclude"),
    "severity": (dict, "a table of texts"),
    "parameters": (dict, "a table of tables"),
    "vocabulary": (dict, "a table of lists"),
}


def _check_types(place: str, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        kind, said = _FORMS[key]
        good = isinstance(value, kind)
        if good and kind is list:
            good = all(isinstance(each, str) for each in value)
        elif good and key in {"title", "severity"}:
            good = all(isinstance(each, str) for each in value.values())
        elif good and key in {"rules", "vocabulary"}:
            good = all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in value.values())
        elif good and key == "parameters":
            good = all(isinstance(each, dict) for each in value.values())
        if not good:
            raise QueryError(f"Cannot use profile {place!r}: expected {key} to be {said}, got {shorten(value)}.")


def _made(place: str, table: Mapping[str, Any], bases: list[Profile]) -> Profile:
    name = table.get("name", Path(place).stem)
    chosen = _chosen(place, table.get("rules", {}), [rule for base in bases for rule in base.rules])
    return Profile(
        name=name,
        title=table.get("title") or {"en": name},
        rules=chosen,
        severity=_severities(place, table.get("severity", {}), bases),
        parameters=_parameters(place, table.get("parameters", {}), bases),
        cbv=_edition(place, table, bases),
        versions=_versions(place, table, bases),
        vocabulary=_vocabulary(place, table.get("vocabulary", {}), bases),
        inherits=tuple(base.name for base in bases),
    )


def _all_ids() -> list[str]:
    return [rule_id for name in catalogues() for rule_id in catalogue(name)]


def _chosen(place: str, table: Mapping[str, list[str]], inherited: list[str]) -> tuple[str, ...]:
    _known(place, "key of rules", table, ("include", "exclude"))
    chosen = dict.fromkeys(inherited)
    for rule_id in _expanded(place, table.get("include", ())):
        chosen[rule_id] = None
    for rule_id in _expanded(place, table.get("exclude", ())):
        chosen.pop(rule_id, None)
    return tuple(chosen)


def _expanded(place: str, patterns: Iterable[str]) -> list[str]:
    found = []
    for pattern in patterns:
        matching = _matching(pattern)
        if not matching:
            raise _unknown_rule(place, pattern)
        found += matching
    return found


def _matching(pattern: str) -> list[str]:
    """The rules that a pattern means; the other catalogues are read only where ``core`` cannot have them all."""
    if "*" not in pattern:
        return [pattern] if find_entry(pattern) is not None else []
    ids = list(catalogue("core")) if pattern in _CORE_PATTERNS else _all_ids()
    return fnmatch.filter(ids, pattern)


def _unknown_rule(place: str, rule_id: str) -> QueryError:
    return QueryError(f"Cannot use profile {place!r}: unknown rule {shorten(rule_id)}.{_meant(rule_id, _all_ids())}")


def _severities(place: str, table: Mapping[str, str], bases: list[Profile]) -> Mapping[str, Setting]:
    result: dict[str, Setting] = {}
    for base in bases:
        result.update(base.severity)
    for rule_id, severity in table.items():
        if severity not in _SEVERITIES:
            raise QueryError(
                f"Cannot use profile {place!r}: expected the severity of {rule_id} to be one of "
                f"{', '.join(_SEVERITIES)}, got {shorten(severity)}.{_meant(severity, _SEVERITIES)}"
            )
        if find_entry(rule_id) is None:
            raise _unknown_rule(place, rule_id)
        result[rule_id] = severity  # type: ignore[assignment]
    return result


def _parameters(
    place: str, table: Mapping[str, Mapping[str, Any]], bases: list[Profile]
) -> Mapping[str, Mapping[str, Any]]:
    result: dict[str, dict[str, Any]] = {}
    for base in bases:
        for rule_id, values in base.parameters.items():
            result.setdefault(rule_id, {}).update(values)
    for rule_id, values in table.items():
        entry = find_entry(rule_id)
        if entry is None:
            raise _unknown_rule(place, rule_id)
        _known(place, f"parameter of {rule_id}", values, entry.parameters)
        for name, value in values.items():
            default = entry.parameters[name]
            alike = (
                isinstance(value, (int, float)) if isinstance(default, (int, float)) else type(value) is type(default)
            )
            if not alike or isinstance(value, bool) is not isinstance(default, bool):
                raise QueryError(
                    f"Cannot use profile {place!r}: expected parameter {name} of {rule_id} to be like "
                    f"{shorten(default)}, got {shorten(value)}."
                )
        result.setdefault(rule_id, {}).update(values)
    return result


def _edition(place: str, table: Mapping[str, Any], bases: list[Profile]) -> str:
    inherited = bases[-1].cbv if bases else vocab.editions()[-1]
    edition = table.get("cbv", inherited)
    if edition not in vocab.editions():
        raise QueryError(
            f"Cannot use profile {place!r}: expected cbv to be one of {', '.join(vocab.editions())}, "
            f"got {shorten(edition)}."
        )
    return str(edition)


def _versions(place: str, table: Mapping[str, Any], bases: list[Profile]) -> tuple[str, ...]:
    versions = tuple(table.get("versions", bases[-1].versions if bases else ALL_VERSIONS))
    _known(place, "version of EPCIS", versions, ALL_VERSIONS)
    return versions


def _vocabulary(place: str, table: Mapping[str, list[str]], bases: list[Profile]) -> Mapping[str, frozenset[str]]:
    _known(place, "word list", table, vocab.KINDS)
    kinds = {kind for base in bases for kind in base.vocabulary} | set(table)
    return {
        kind: frozenset().union(*(base.vocabulary.get(kind, frozenset()) for base in bases), table.get(kind, ()))
        for kind in sorted(kinds)
    }
