"""Names of a package that are imported when somebody asks for them.

Takes the namespace of a package and a table of its modules with their names; gives the two functions that Python asks
(PEP 562). Guarantees: nothing is imported before the first use of a name; a name is looked up once; a name that is not
in the table is an ``AttributeError`` as everywhere.

::

    __getattr__, __dir__ = lazy_names(globals(), {"answers": ("Trace",), "requests": ("trace_back",)})
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazy_names"]


def lazy_names(
    namespace: dict[str, Any], homes: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package.

    Args:
        namespace: ``globals()`` of the package.
        homes: Its modules, each with the names that it gives.
    """
    package: str = namespace["__name__"]
    home = {name: module for module, names in homes.items() for name in names}

    def find(name: str) -> Any:
        module = home.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{module}"), name)
        namespace[name] = value
        return value

    def names() -> list[str]:
        return sorted({*namespace, *namespace["__all__"]})

    return find, names
