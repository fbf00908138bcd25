"""Mapping files as plain data: YAML, TOML, and one file that extends another.

Takes a path or a dict; gives the content with everything it extends, and a digest of it. Guarantees: only YAML's safe
part is read, without aliases and without guesses (``0095`` stays text, ``no`` is no boolean, a date stays text); a name
that stands twice is refused; files that extend each other in a circle are refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from epcis_kit.errors import MappingError, shorten

__all__ = ["MappingFile", "read_mapping"]

_MAX_BYTES: Final = 4 << 20
_MAX_EXTENDS: Final = 8
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})$")
_FLOAT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}$")


class MappingFile:
    """The content of a mapping.

    Attributes:
        content: Names and values, with everything that is extended.
        where: What messages call it.
        path: Its file; ``None`` for a dict.
        digest: SHA-256 of the content, hexadecimal.
    """

    def __init__(self, content: dict[str, Any], where: str, path: Path | None) -> None:
        self.content = content
        self.where = where
        self.path = path
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str)
        self.digest = hashlib.sha256(text.encode()).hexdigest()


def read_mapping(source: Any) -> MappingFile:
    """The content of a mapping file or dict.

    Raises:
        MappingError: It cannot be read, or extends itself.
        OSError: A file cannot be opened.
    """
    if isinstance(source, dict):
        return MappingFile(_extended(source, "mapping", None, ()), "mapping", None)
    path = Path(source)
    content = _read(path)
    return MappingFile(_extended(content, str(path), path, ()), str(path), path)


def _extended(content: dict[str, Any], where: str, path: Path | None, seen: tuple[Path, ...]) -> dict[str, Any]:
    named = content.get("extends")
    if named is None:
        return content
    files = named if isinstance(named, list) else [named]
    if not all(isinstance(file, str) and file for file in files):
        raise MappingError(f"{where}, extends: expected the path of a mapping, got {shorten(named)}.")
    here = () if path is None else (path.resolve(),)
    seen += here
    result: dict[str, Any] = {}
    for file in files:
        other = Path(file) if path is None else path.parent / file
        if other.resolve() in seen:
            circle = " → ".join(each.name for each in (*seen, other.resolve()))
            raise MappingError(f"{where}, extends: these mappings extend each other: {circle}.")
        if len(seen) > _MAX_EXTENDS:
            raise MappingError(f"{where}, extends: expected at most {_MAX_EXTENDS} mappings one above the other.")
        try:
            below = _read(other)
        except OSError as error:
            raise MappingError(f"{where}, extends: cannot read {file!r}: {error.strerror or error}.") from None
        result = _merged(result, _extended(below, str(other), other, seen))
    own = {name: value for name, value in content.items() if name != "extends"}
    return _merged(result, own)


def _merged(base: dict[str, Any], over: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """``over`` on top of ``base``: tables by name, two levels deep; lists and single fields are replaced."""
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[name] = _merged(old, value, depth + 1) if both and depth < 1 else value  # type: ignore[arg-type]
    return result


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise MappingError(f"{path}: expected a mapping of at most {_MAX_BYTES} bytes.")
    try:
        text = data.decode("utf-8-sig")
        content = tomllib.loads(text) if path.suffix.lower() == ".toml" else _yaml(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError(f"{path}: this mapping cannot be read: {error}.") from None
    except ValueError as error:
        raise MappingError(f"{path}: this mapping cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise MappingError(f"{path}: expected a mapping with 'epcis_map: 1' at its top, got {type(content).__name__}.")
    return content


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - loaded when a YAML mapping is read

    class _Loader(yaml.SafeLoader):
        """Refuses aliases (they can grow without end) and keys that stand twice; names are texts, as written."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()  # type: ignore[no-untyped-call]
                raise ValueError(f"line {event.start_mark.line + 1}: aliases (*name) are not taken in a mapping.")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            if not isinstance(node, yaml.MappingNode):
                return super().construct_mapping(node, deep)
            made: dict[str, Any] = {}
            for key_node, value_node in node.value:
                line = key_node.start_mark.line + 1
                if not isinstance(key_node, yaml.ScalarNode) or key_node.tag.startswith("tag:yaml.org,2002:python"):
                    raise ValueError(f"line {line}: expected a text as a name; quote it.")
                key = str(key_node.value)
                if key in made:
                    raise ValueError(f"line {line}: the name {key!r} stands here twice.")
                made[key] = self.construct_object(value_node, deep=True)
            return made

    _Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("tag:yaml.org,2002:bool", re.compile("(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
        ("tag:yaml.org,2002:int", _INTEGER, "-+0123456789"),
        ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789"),
        ("tag:yaml.org,2002:null", re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ):
        _Loader.add_implicit_resolver(tag, pattern, list(first))
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        raise ValueError(f"{place}{getattr(error, 'problem', None) or 'this is no YAML'}.") from None
