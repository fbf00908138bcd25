"""What an interrupted run leaves behind, so that a later one goes on: a small JSON file beside the output.

Takes the source, the mapping and the choices of a run; gives and takes its state. Guarantees: the file is replaced in
one step, so it is whole whenever the power goes; a state is used only for the same table (size, time of change and the
hash of its beginning and end), the same mapping (its content) and the same choices, and the first difference is named.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["StateFile", "fingerprint"]

_VERSION: Final = 1
_LOOK: Final = 1 << 16
_MAX: Final = 64 << 20
_SAME: Final = {
    "source": "the table has changed since",
    "mapping": "the mapping has changed since",
    "choices": "the options are not those of the interrupted run",
}


def fingerprint(path: Path) -> dict[str, Any]:
    """What tells one table from another without reading it whole."""
    status = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        digest.update(stream.read(_LOOK))
        if status.st_size > 2 * _LOOK:
            stream.seek(-_LOOK, os.SEEK_END)
            digest.update(stream.read(_LOOK))
    return {"size": status.st_size, "changed": status.st_mtime_ns, "sha256": digest.hexdigest()}


class StateFile:
    """The state of one run.

    Attributes:
        path: ``.OUT.state`` beside the output.
    """

    def __init__(self, target: Path, identity: dict[str, Any]) -> None:
        """Args: the output; what must be the same for a state to be used (``source``, ``mapping``, ``choices``)."""
        self.path = target.with_name(f".{target.name}.state")
        self._identity = identity

    def load(self) -> dict[str, Any] | None:
        """The state that an interrupted run left; ``None`` where there is none.

        Raises:
            DocumentError: It is of another table, mapping or set of options, or is no state.
        """
        try:
            with self.path.open("rb") as stream:
                data = stream.read(_MAX)
        except FileNotFoundError:
            return None
        try:
            state = json.loads(data)
            known = state["identity"]
            if state["epcis_kit_state"] != _VERSION:
                raise KeyError  # noqa: TRY301 - one answer to whatever is wrong
        except (ValueError, KeyError, TypeError):
            raise DocumentError("this is no state of a run", Location(file=str(self.path))) from None
        for name, sentence in _SAME.items():
            if known.get(name) != json.loads(json.dumps(self._identity[name])):
                raise DocumentError(
                    f"cannot resume: {sentence}; start again without --resume", Location(file=str(self.path))
                )
        return dict(state)

    def save(self, state: dict[str, Any]) -> None:
        """Replace the state in one step."""
        body = {"epcis_kit_state": _VERSION, "identity": self._identity, **state}
        part = self.path.with_name(f"{self.path.name}.new")
        with part.open("wb") as stream:
            stream.write(json.dumps(body, ensure_ascii=False).encode())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self.path)

    def remove(self) -> None:
        """Nothing is left to resume."""
        self.path.unlink(missing_ok=True)
