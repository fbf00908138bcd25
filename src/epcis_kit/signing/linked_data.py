"""Proofs over RDF (``eddsa-rdfc-2022``, ``ecdsa-rdfc-2019``): verified only, and never made.

Takes a document with such a proof and a folder of JSON-LD contexts that the user gave; says what was signed as RDF, and
whether that is all of the document. Such a proof signs the statements that a JSON-LD processor makes of the JSON, so it
says nothing of what makes no statement. Guarantees: nothing is fetched, and no context is believed that the index of
the folder (``contexts.toml``) does not name with its digest::

    [[context]]
    url = "https://www.w3.org/ns/credentials/v2"
    file = "credentials-v2.jsonld"
    sha256 = "…"                             # hexadecimal, of the file

Contexts inside the document are refused. A member that no context defines, an identifier that is not absolute, a
blank node with a name and a list that holds the same value twice are found and refused, because the signature does not
cover them. The JSON-LD processor is PyLD, an extra (``epcis-kit[ld]``); without it, or without contexts, nothing is
decided.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.verdicts import Stop, refuse, undecided

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["RDF_SUITES", "load_contexts", "rdf_proof_input"]

RDF_SUITES: Final = {"eddsa-rdfc-2022": ("EdDSA",), "ecdsa-rdfc-2019": ("ES256", "ES384")}
"""The cryptosuites that are verified, with the JOSE names of their algorithms."""

_LARGEST: Final = 4 << 20
_BASE: Final = "https://relative.invalid/"  # what a name that is not absolute would be taken relative to
_absolute = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"{}|\\^`]+").fullmatch


def load_contexts(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The contexts of a folder, by address.

    Raises:
        SignatureError: The index, or a file that it names, is missing, damaged or not the one of its digest.
        OSError: A file cannot be opened.
    """
    place = Path(folder)
    where = f"Cannot use contexts in {str(place)!r}"
    try:
        index = tomllib.loads((place / "contexts.toml").read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SignatureError(f"{where}: contexts.toml cannot be read: {error}.") from None
    contexts: dict[str, Any] = {}
    for row in index.get("context", []):
        url, name, digest = (row.get(member) for member in ("url", "file", "sha256"))
        if not isinstance(url, str) or not isinstance(name, str) or not isinstance(digest, str):
            raise SignatureError(f"{where}: expected url, file and sha256 of each context, got {shorten(row)}.")
        data = (place / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest.lower():
            raise SignatureError(f"{where}: {shorten(name)} is not the file of that sha256.")
        try:
            contexts[url] = json.loads(data)
        except (ValueError, RecursionError):
            raise SignatureError(f"{where}: {shorten(name)} is not JSON.") from None
    return contexts


def rdf_proof_input(
    document: dict[str, Any], proof: dict[str, Any], contexts: Mapping[str, Any] | None, *, wide: bool = False
) -> bytes:
    """The bytes that a proof over RDF signs.

    Args:
        document: Without its member ``proof``.
        proof: Without its member ``proofValue``.
        contexts: By address; ``None`` where the user gave none.
        wide: With SHA-384, as P-384 keys ask.

    Raises:
        Stop: It cannot be decided, or something in the document is not covered.
    """
    if contexts is None:
        raise undecided("content", "context_not_allowed", "Proofs over RDF need contexts: name a folder of them.")
    named = document.get("@context", [])
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise undecided("content", "context_not_allowed", "Proofs over RDF are verified with contexts by address only.")
    for name in names:
        if name not in contexts:
            raise undecided("content", "context_not_allowed", f"The context {shorten(name)} is not in the folder.")
    if proof.get("@context", named) != named:
        raise refuse("content", "context_not_allowed", "The document has another @context than its proof.")
    digest = hashlib.sha384 if wide else hashlib.sha256
    signed = [_canonical({**one, "@context": named}, contexts) for one in (proof, document)]
    return b"".join(digest(text.encode()).digest() for text in signed)


def _canonical(value: dict[str, Any], contexts: Mapping[str, Any]) -> str:
    """The canonical N-Quads of a JSON-LD object of which everything makes a statement."""
    try:
        from pyld import jsonld  # noqa: PLC0415 - an extra, loaded when it is needed
    except ImportError:
        detail = "Proofs over RDF need a JSON-LD processor: pip install 'epcis-kit[ld]'."
        raise undecided("format", "unsupported", detail) from None

    def load(url: str, _options: Any = None) -> dict[str, Any]:
        if url not in contexts:
            raise undecided("content", "context_not_allowed", f"The context {shorten(url)} is not in the folder.")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": contexts[url],
        }

    if len(json.dumps(value)) > _LARGEST:
        raise undecided("content", "unsupported", f"Proofs over RDF are verified up to {_LARGEST} bytes only.")
    _refuse_inside({name: member for name, member in value.items() if name != "@context"})
    dropped: list[Any] = []
    try:
        expanded = jsonld.expand(value, {"documentLoader": load, "base": _BASE}, on_property_dropped=dropped.append)
        if dropped:
            raise _uncovered(f"The member {shorten(dropped[0])} is not defined by any context")
        _refuse_relative(expanded)
        text = jsonld.normalize(
            expanded,
            {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load, "base": _BASE},
        )
    except jsonld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, Stop):
            cause = getattr(cause, "cause", None) or cause.__cause__
        if cause is not None:
            raise cause from None
        detail = f"The document cannot be read as JSON-LD: {shorten(str(error))}."
        raise undecided("content", "unsupported", detail) from None
    return str(text)


def _uncovered(what: str) -> Stop:
    return refuse("content", "not_covered", f"{what}: the signature does not cover it.")


def _refuse_inside(value: Any) -> None:
    """Contexts inside, values that a set would swallow, and what JSON-LD leaves out."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "@context" in one:
                raise undecided("content", "context_not_allowed", "The document has a context inside it.")
            waiting += one.values()
        elif isinstance(one, list):
            seen = {json.dumps(member, sort_keys=True) for member in one}
            if len(seen) != len(one):
                raise _uncovered("A list holds the same value twice")
            waiting += one
        elif one is None:
            raise _uncovered("A member is null")


def _refuse_relative(expanded: Any) -> None:
    """Names that make no statement: relative ones, and blank nodes that are named."""
    waiting = [expanded]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            types = one.get("@type", [])
            names = [one.get("@id", "x:y"), *(types if isinstance(types, list) else [types])]
            names += [name for name in one if not name.startswith("@")]
            for name in names:
                if not isinstance(name, str) or not (name == "@json" or _absolute(name)) or name.startswith(_BASE):
                    raise _uncovered(f"The name {shorten(name)} is not absolute")
            waiting += [member for name, member in one.items() if name not in {"@id", "@type", "@value"}]
