"""Signatures inside documents, which do not survive that the document is written anew.

Takes documents and events that were read; gives them without the signatures that stand in them, and names each one. A
signature fits the bytes (or the exact values) it was made over: in a document that is written again it would be a
broken one, whatever the format. Guarantees: only XML Signature (``ds:Signature``) and proofs of W3C Data Integrity (a
``proof`` with a value and a method) count; an extension that is merely called so stays; what lies deeper inside an
extension is its author's matter and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from epcis_kit.codec.dialects import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.model import Document, Event, Extension

__all__ = ["is_signature", "unsigned_event", "unsigned_head"]

_PROOF: Final = frozenset({"proofValue", "jws", "signatureValue", "cryptosuite", "verificationMethod"})
"""Members of which a proof has at least one."""


def is_signature(extension: Extension) -> bool:
    """Whether an extension of a document or event is a signature over it."""
    if extension.namespace == SIGNATURE:
        return extension.name == "Signature"
    return extension.name == "proof" and any(each.name in _PROOF for each in extension.children)


def _without(extensions: tuple[Extension, ...], tell: Callable[[Extension], None]) -> tuple[Extension, ...]:
    if not any(is_signature(each) for each in extensions):
        return extensions
    kept = []
    for each in extensions:
        if is_signature(each):
            tell(each)
        else:
            kept.append(each)
    return tuple(kept)


def unsigned_event(event: Event, tell: Callable[[Extension], None]) -> Event:
    """The event without the signatures beside its fields; ``tell`` takes each."""
    kept = _without(event.extensions, tell)
    return event if kept is event.extensions else event.model_copy(update={"extensions": kept})


def unsigned_head(head: Document, tell: Callable[[Extension], None]) -> Document:
    """The head of a document without the signatures in it and in its header; ``tell`` takes each."""
    kept = _without(head.extensions, tell)
    if kept is not head.extensions:
        head = head.model_copy(update={"extensions": kept})
    header = head.header
    if header is not None and (kept := _without(header.extensions, tell)) is not header.extensions:
        head = head.model_copy(update={"header": header.model_copy(update={"extensions": kept})})
    return head
