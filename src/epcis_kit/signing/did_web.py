"""DIDs of the method ``did:web``: where their documents are, and the keys in them.

Takes DIDs and DID documents; gives keys that may sign statements. ``did:web:plant.example`` is published as
``https://plant.example/.well-known/did.json``, ``did:web:plant.example:keys:1`` as
``https://plant.example/keys/1/did.json``. A :class:`DidWebResolver` looks into a folder that holds such documents under
the same paths (``plant.example/.well-known/did.json``), and asks a :class:`Fetcher` only where one was given to it.
Guarantees: nothing is fetched here; no part of a DID leads out of the folder; a document counts only where it is about
the DID that was asked for, and a key only where the document lets it make assertions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.key_names import did_of, key_from_jwk, key_from_multibase
from epcis_kit.signing.strict_json import parse
from epcis_kit.signing.verdicts import Stop

if TYPE_CHECKING:
    import os

    from epcis_kit.signing.key_names import PublicKey

__all__ = ["DidWebResolver", "Fetcher", "did_web_url", "keys_of_did_document"]

_LARGEST: Final = 1 << 20
_MOST_KEYS: Final = 100
_RELATIONS: Final = frozenset(
    {"assertionMethod", "authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"}
)
_host = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){0,8}[A-Za-z0-9-]{1,63}|[A-Za-z0-9]").fullmatch
_segment = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,100}").fullmatch
_port = re.compile(r"[1-9][0-9]{0,4}").fullmatch


class Fetcher(Protocol):
    """What fetches documents; :class:`epcis_kit.rest.fetch.HttpFetcher` does it over https with limits."""

    def fetch(self, url: str) -> bytes:
        """The body behind an ``https`` address.

        Raises:
            RemoteError: There is none that may be used.
        """


def did_web_url(did: str) -> str:
    """The address of the document of a ``did:web``.

    Raises:
        SignatureError: It is no such DID.
    """
    host, port, segments = _parts(did)
    return f"https://{host}{':' + port if port else ''}/{'/'.join(segments)}/did.json"


def _parts(did: str) -> tuple[str, str, list[str]]:
    """Host, port and the folders of the path."""
    place, *segments = did.removeprefix("did:web:").split(":")
    host, colon, port = re.sub("%3a", ":", place, count=1, flags=re.IGNORECASE).partition(":")
    fits = (
        did.startswith("did:web:")
        and len(did) <= 1000
        and _host(host)
        and (not colon or (_port(port) and int(port) < 65536))
        and all(map(_segment, segments))
    )
    if not fits:
        raise SignatureError(f"Cannot look up {shorten(did)}: expected 'did:web:' with a host name and folders.")
    return host.lower(), port, segments or [".well-known"]


def keys_of_did_document(data: bytes, did: str) -> list[tuple[str, PublicKey]]:
    """The keys with which ``did`` may make assertions, each with its full id.

    Keys of kinds that are not known here are passed over. Where the document says for nothing at all what keys are for,
    all of them count.

    Raises:
        SignatureError: It is not the document of that DID.
    """
    try:
        document = parse(data, what="DID document", max_bytes=_LARGEST)
    except Stop as stop:
        raise SignatureError(str(stop)) from None
    found = document.get("id") if isinstance(document, dict) else None
    if found != did:
        raise SignatureError(f"Cannot use DID document: expected that of {shorten(did)}, got that of {shorten(found)}.")
    methods = _listed(document, "verificationMethod")
    assertions = _listed(document, "assertionMethod")
    allowed = {_full(one, did) for one in assertions if isinstance(one, str)}
    inside: list[Any] = [one for one in assertions if isinstance(one, dict)]
    if _RELATIONS.isdisjoint(document):
        inside = methods
    else:
        inside += [one for one in methods if isinstance(one, dict) and _full(one.get("id"), did) in allowed]
    keys: list[tuple[str, PublicKey]] = []
    for method in inside[:_MOST_KEYS]:
        if isinstance(method, dict) and method.get("controller", did) == did:
            name, key = _full(method.get("id"), did), _key(method)
            if key is not None and did_of(name) == did:
                keys.append((name, key))
    return keys


def _listed(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    return value if isinstance(value, list) else [value]


def _full(name: Any, did: str) -> str:
    return did + name if isinstance(name, str) and name.startswith("#") else str(name)


def _key(method: dict[str, Any]) -> PublicKey | None:
    try:
        if isinstance(method.get("publicKeyJwk"), dict):
            return key_from_jwk(method["publicKeyJwk"])
        if isinstance(method.get("publicKeyMultibase"), str):
            return key_from_multibase(method["publicKeyMultibase"])
    except ValueError:
        pass
    return None


class DidWebResolver:
    """Finds the keys of a ``did:web``: in a folder first, then online where that was asked for.

    Args:
        folder: Holds DID documents under ``HOST/PATH/did.json``, as the web server does; with a port
            ``HOST%3APORT/PATH/did.json``.
        fetcher: Is asked for documents that are not in the folder; nothing is fetched where it is ``None``.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, fetcher: Fetcher | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        self.fetcher = fetcher
        self._known: dict[str, tuple[str, list[tuple[str, PublicKey]]]] = {}

    def keys(self, did: str) -> tuple[str, list[tuple[str, PublicKey]]]:
        """Where the document was found, and its keys with their full ids.

        Raises:
            SignatureError: It is no ``did:web``, there is no document, or the document is another's.
            RemoteError: The fetcher got none.
        """
        if did not in self._known:
            self._known[did] = self._found(did)
        return self._known[did]

    def _found(self, did: str) -> tuple[str, list[tuple[str, PublicKey]]]:
        host, port, segments = _parts(did)
        if self.folder is not None:
            path = self.folder.joinpath(f"{host}%3A{port}" if port else host, *segments, "did.json")
            if path.is_file():
                with path.open("rb") as stream:
                    return "did:web cache", keys_of_did_document(stream.read(_LARGEST + 1), did)
        if self.fetcher is None:
            raise SignatureError(
                f"The document of {shorten(did)} is not at hand, and looking it up online was not asked for."
            )
        return "did:web online", keys_of_did_document(self.fetcher.fetch(did_web_url(did)), did)
