"""A JSON Schema of our own made ready to be asked often: a quick verdict, and the faults behind it.

Takes schemas that use the keywords our own files use (an unknown one is refused when it is made ready); gives
:class:`Compiled` with ``valid`` and ``faults``. Guarantees: the verdict is that of any validator of JSON Schema with
formats asserted (tests compare it with two others); references lead only to the given schemas; lists without
repetition are checked in linear time; numbers are never compared with booleans.

How it is quick: a schema, its ``allOf`` and its references ask together, so they become one step an object; each member
is looked up once, which answers whether its name is known and what its value must be at the same time; alternatives
that the same word decides (``if`` a type ``then`` its schema) become one look-up.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from epcis_kit.validate.schema_formats import is_date_time, is_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Compiled", "Met", "comparable", "compiled_pattern", "is_repeated", "repeated"]

Test: TypeAlias = "Callable[[Any], bool]"

FORMATS: Final[dict[str, Test]] = {"uri": is_uri, "date-time": is_date_time}
_NOTES: Final = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default"})
_MOST_NAMES: Final = 4096
_CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


class Met(NamedTuple):
    """One fault, as a validator meets it.

    Attributes:
        path: Steps from the value that was asked about to the one that is wrong.
        validator: The keyword that is broken.
        validator_value: What the schema says under it.
        instance: The value; a name where ``in_names``.
        schema: The schema that has the keyword.
        in_names: Whether a member's name is wrong, and not its value.
        message: For lists with a repetition, the item.
    """

    path: tuple[Any, ...]
    validator: str
    validator_value: Any
    instance: Any
    schema: dict[str, Any]
    in_names: bool = False
    message: str = ""


class Compiled:
    """One schema, ready to be asked.

    Args:
        root: The schema.
        others: The schemas that references lead to, by their ``$id``.
    """

    def __init__(self, root: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
        self._maker = _Maker(others)
        self._root = root
        self.valid: Test = self._maker.test(root, root)

    def faults(self, value: Any) -> Iterator[Met]:
        """What is wrong with ``value``; nothing where it is valid."""
        return self._maker.faults(self._root, value, (), self._root)


@functools.cache
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern as ECMA 262 reads it: a ``$`` is the very end, and classes of characters are those of ASCII."""
    whole = pattern.endswith("$") and not pattern.endswith("\\$")
    return re.compile(pattern[:-1] + r"\Z" if whole else pattern, re.ASCII)


_NOTHING: Final = object()


def repeated(items: list[Any]) -> Any:
    """The first item that stands twice; a value of our own where none does (see :func:`is_repeated`)."""
    if len(items) < 2:
        return _NOTHING
    seen: set[Any] = set()
    for item in items:
        key = comparable(item)
        if key in seen:
            return item
        seen.add(key)
    return _NOTHING


def comparable(item: Any) -> Any:
    """A key that is equal for equal JSON values: 1 and 1.0 are one number, and the order of members says nothing."""
    return item if item.__class__ is str else ("", json.dumps(_plain(item), sort_keys=True))


def is_repeated(found: Any) -> bool:
    """Whether :func:`repeated` found an item."""
    return found is not _NOTHING


def _plain(item: Any) -> Any:
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if isinstance(item, list):
        return [_plain(each) for each in item]
    if isinstance(item, dict):
        return {name: _plain(each) for name, each in item.items()}
    return item


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return bool(value == wanted)
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _among(value: Any, words: list[Any]) -> bool:
    return any(_same(value, word) for word in words)


def _yes(value: Any) -> bool:  # noqa: ARG001 - asked like the others
    return True


def _no(value: Any) -> bool:  # noqa: ARG001
    return False


class _Parts:
    """What one step asks: the keywords of a schema, of its ``allOf`` and of what it refers to, together."""

    def __init__(self) -> None:
        self.classes: list[frozenset[type]] = []
        self.required: set[str] = set()
        self.members: dict[str, list[tuple[Any, Any]]] = {}
        self.names: list[tuple[Any, Any]] = []
        self.closed: list[frozenset[str]] = []
        self.choices: dict[str, dict[str, list[Test]]] = {}
        self.more: list[Test] = []


class _Maker:
    def __init__(self, others: dict[str, dict[str, Any]]) -> None:
        self._others = others
        self._tests: dict[int, Test] = {}
        self._kept: list[Any] = []  # so that ids stay theirs

    def _referred(self, reference: str, base: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The schema that a reference leads to, and the file it stands in."""
        name, _, fragment = reference.partition("#")
        file = self._others[name] if name else base
        node: Any = file
        for step in fragment.split("/")[1:]:
            node = node[step]
        return node, file

    def test(self, schema: Any, base: dict[str, Any]) -> Test:
        """A function that tells whether a value keeps ``schema``."""
        if isinstance(schema, bool):
            return _yes if schema else _no
        found = self._tests.get(id(schema))
        if found is None:
            waiting: list[Test] = []

            def later(value: Any) -> bool:  # where a schema holds itself
                return waiting[0](value)

            self._tests[id(schema)] = later
            self._kept.append(schema)
            parts = _Parts()
            self._gather(schema, base, parts)
            found = self._joined(parts)
            waiting.append(found)
            self._tests[id(schema)] = found
        return found

    # -- gathering what is asked

    def _gather(self, schema: dict[str, Any], base: dict[str, Any], parts: _Parts) -> None:
        for word, said in schema.items():
            if word in _NOTES or word in {"then", "else"}:
                continue
            if word == "$ref":
                self._gather(*self._referred(said, base), parts)
            elif word == "allOf":
                for each in said:
                    self._gather(each, base, parts)
            elif word == "type":
                kinds = said if isinstance(said, list) else [said]
                parts.classes.append(frozenset(kind for name in kinds for kind in _CLASSES[name]))
            elif word == "required":
                parts.required.update(said)
            elif word == "properties":
                for name, each in said.items():
                    parts.members.setdefault(name, []).append((each, base))
            elif word == "propertyNames":
                parts.names.append((said, base))
            elif word == "additionalProperties" and said is False:
                parts.closed.append(frozenset(schema.get("properties", ())))
            elif word == "if":
                self._choice(schema, base, parts)
            else:
                parts.more.append(self._other(word, said, schema, base))

    def _choice(self, schema: dict[str, Any], base: dict[str, Any], parts: _Parts) -> None:
        then = self.test(schema.get("then", True), base)
        other = self.test(schema.get("else", True), base)
        decided = self._decided(schema["if"], base)
        if decided is not None and "else" not in schema:
            name, word = decided
            parts.choices.setdefault(name, {}).setdefault(word, []).append(then)
            return
        condition = self.test(schema["if"], base)
        parts.more.append(lambda value: then(value) if condition(value) else other(value))

    def _decided(self, schema: Any, base: dict[str, Any]) -> tuple[str, str] | None:
        """Name and word where a schema asks only that one member is that word."""
        while isinstance(schema, dict) and set(schema) == {"$ref"}:
            schema, base = self._referred(schema["$ref"], base)
        if set(schema) != {"required", "properties"} or len(schema["properties"]) != 1:
            return None
        ((name, below),) = schema["properties"].items()
        if schema["required"] != [name] or set(below) != {"const"} or not isinstance(below["const"], str):
            return None
        return name, below["const"]

    def _other(self, word: str, said: Any, schema: dict[str, Any], base: dict[str, Any]) -> Test:  # noqa: ARG002
        """The test of a keyword that looks at the value alone."""
        if word == "anyOf":
            quick_first = sorted(said, key=lambda each: "enum" not in each)
            return self._any([self.test(each, base) for each in quick_first])
        if word == "not":
            against = self.test(said, base)
            return lambda value: not against(value)
        if word == "const":
            return lambda value: _same(value, said)
        if word == "enum":
            words = frozenset(each for each in said if isinstance(each, str))
            if len(words) == len(said):
                return lambda value: value.__class__ is str and value in words
            return lambda value: _among(value, said)
        if word == "format":
            return FORMATS[said]
        if word == "pattern":
            search = compiled_pattern(said).search
            return lambda value: value.__class__ is not str or search(value) is not None
        if word == "items":
            item = self.test(said, base)
            return lambda value: value.__class__ is not list or all(map(item, value))
        if word == "minItems":
            return lambda value: value.__class__ is not list or len(value) >= said
        if word == "minProperties":
            return lambda value: value.__class__ is not dict or len(value) >= said
        if word == "uniqueItems":
            return lambda value: value.__class__ is not list or not said or repeated(value) is _NOTHING
        if word in {"minimum", "maximum"}:
            sign = 1 if word == "minimum" else -1
            return lambda value: value.__class__ not in {int, float} or (value - said) * sign >= 0
        raise ValueError(f"the keyword {word!r} is not known here")

    @staticmethod
    def _any(tests: list[Test]) -> Test:
        if len(tests) == 2:
            first, second = tests
            return lambda value: first(value) or second(value)

        def some(value: Any) -> bool:
            for test in tests:  # noqa: SIM110 - a generator costs more
                if test(value):
                    return True
            return False

        return some

    # -- joining it to one function

    def _joined(self, parts: _Parts) -> Test:
        tests = []
        classes = frozenset.intersection(*parts.classes) if parts.classes else None
        if parts.required or parts.members or parts.names or parts.closed or parts.choices:
            tests.append(self._members(parts, only=classes == frozenset({dict})))
        elif classes is not None:
            tests.append(_of_class(classes))
            if classes == frozenset({str}):
                return _text(parts.more)
        if classes is not None and classes != frozenset({dict}) and len(tests) == 1 and tests[0].__name__ == "members":
            tests.insert(0, _of_class(classes))
        tests += parts.more
        if len(tests) == 1:
            return tests[0]
        if len(tests) == 2:
            first, second = tests
            return lambda value: first(value) and second(value)
        if not tests:
            return _yes

        def every(value: Any) -> bool:
            for test in tests:  # noqa: SIM110 - a generator costs more
                if not test(value):
                    return False
            return True

        return every

    def _members(self, parts: _Parts, *, only: bool) -> Test:
        """One function for an object: what must be there, which names, which values, which choices."""
        asked = [self.test(schema, base) for schema, base in parts.names]
        asked += [functools.partial(_is_in, closed) for closed in parts.closed]
        required = frozenset(parts.required)
        table: dict[str, Test] = {}
        for name, schemas in parts.members.items():
            if all(test(name) for test in asked):
                table[name] = self._both([self.test(schema, base) for schema, base in schemas])
            else:
                table[name] = _no
        choices = [(name, table_) for name, table_ in parts.choices.items()]
        others = bool(asked)

        def members(value: Any) -> bool:
            if value.__class__ is not dict:
                return not only
            if not value.keys() >= required:
                return False
            for name, item in value.items():
                test = table.get(name)
                if test is None:
                    if not others:
                        continue
                    for ask in asked:
                        if not ask(name):
                            return False
                    if len(table) < _MOST_NAMES:
                        table[name] = _yes
                elif test is not _yes and not test(item):
                    return False
            for name, words in choices:
                word = value.get(name)
                if word.__class__ is str:
                    for test in words.get(word, ()):
                        if not test(value):
                            return False
            return True

        return members

    @staticmethod
    def _both(tests: list[Test]) -> Test:
        real = [test for test in tests if test is not _yes]
        if not real:
            return _yes
        if len(real) == 1:
            return real[0]
        if len(real) == 2:
            first, second = real
            return lambda value: first(value) and second(value)
        return lambda value: all(test(value) for test in real)

    # -- the faults, one by one

    def faults(self, schema: Any, value: Any, path: tuple[Any, ...], base: dict[str, Any]) -> Iterator[Met]:
        """What ``value`` breaks."""
        for word, said in schema.items():
            if word in _NOTES or word in {"then", "else"}:
                continue
            if word == "$ref":
                below, file = self._referred(said, base)
                yield from self.faults(below, value, path, file)
            elif word == "allOf":
                for each in said:
                    yield from self.faults(each, value, path, base)
            elif word == "if":
                below = schema.get("then" if self.test(said, base)(value) else "else", {})
                yield from self.faults(below, value, path, base)
            elif word == "items":
                if isinstance(value, list):
                    item = self.test(said, base)
                    for index, each in enumerate(value):
                        if not item(each):
                            yield from self.faults(said, each, (*path, index), base)
            elif word == "properties":
                if isinstance(value, dict):
                    for name, each in said.items():
                        if name in value:
                            yield from self.faults(each, value[name], (*path, name), base)
            elif word == "propertyNames":
                if isinstance(value, dict):
                    test = self.test(said, base)
                    for name in value:
                        if not test(name):
                            for met in self.faults(said, name, path, base):
                                yield met._replace(in_names=True)
            elif not self._keeps(word, said, schema, value, base):
                message = json.dumps(repeated(value)) if word == "uniqueItems" else ""
                yield Met(path, word, said, value, schema, message=message)

    def _keeps(self, word: str, said: Any, schema: dict[str, Any], value: Any, base: dict[str, Any]) -> bool:
        if word == "type":
            kinds = said if isinstance(said, list) else [said]
            return value.__class__ in {kind for name in kinds for kind in _CLASSES[name]}
        if word == "required":
            return not isinstance(value, dict) or all(name in value for name in said)
        if word == "additionalProperties":
            return not isinstance(value, dict) or all(name in schema.get("properties", ()) for name in value)
        return self._other(word, said, schema, base)(value)


def _is_in(names: frozenset[str], name: Any) -> bool:
    return name in names


def _of_class(classes: frozenset[type]) -> Test:
    if len(classes) == 1:
        (one,) = classes
        return lambda value: value.__class__ is one
    return lambda value: value.__class__ in classes


def _text(more: list[Test]) -> Test:
    """The test of a text, which is what is asked most."""
    if not more:
        return lambda value: value.__class__ is str
    if len(more) == 1:
        test = more[0]
        return lambda value: value.__class__ is str and test(value)
    if len(more) == 2:
        first, second = more
        return lambda value: value.__class__ is str and first(value) and second(value)
    return lambda value: value.__class__ is str and all(test(value) for test in more)
