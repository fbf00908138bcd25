"""Signatures that others can verify, and verification that says exactly what was proved.

Takes documents, keys and trust; gives :class:`Signed` values and :class:`VerificationResult` values. One module a kind
of signature: ``detached``, ``credentials``, ``attest``, ``xmldsig``, ``integrity``, ``webhook``; the questions they
share are in ``judging``. Guarantees: no network; no key, algorithm or identity is believed because the message says so;
what is returned as verified is what was signed and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._lazy import lazy_names

if TYPE_CHECKING:
    from epcis_kit.signing.keys import (
        KEY_TYPES,
        PrivateKeySigner,
        Signer,
        generate_key,
        load_signer,
        public_pem,
        self_signed_certificate,
    )
    from epcis_kit.signing.profiles import PROFILES, Signed, sign, verify
    from epcis_kit.signing.resigning import Resigned, resign
    from epcis_kit.signing.results import CODES, Check, EventMatch, SignerInfo, VerificationResult
    from epcis_kit.signing.trust import TrustEntry, TrustStore
    from epcis_kit.signing.webhook import sign_webhook, verify_webhook

__all__ = [
    "CODES",
    "KEY_TYPES",
    "PROFILES",
    "Check",
    "EventMatch",
    "PrivateKeySigner",
    "Resigned",
    "Signed",
    "Signer",
    "SignerInfo",
    "TrustEntry",
    "TrustStore",
    "VerificationResult",
    "generate_key",
    "load_signer",
    "public_pem",
    "resign",
    "self_signed_certificate",
    "sign",
    "sign_webhook",
    "verify",
    "verify_webhook",
]

_HOMES = {
    "keys": (
        "KEY_TYPES",
        "PrivateKeySigner",
        "Signer",
        "generate_key",
        "load_signer",
        "public_pem",
        "self_signed_certificate",
    ),
    "profiles": ("PROFILES", "Signed", "sign", "verify"),
    "resigning": ("Resigned", "resign"),
    "results": ("CODES", "Check", "EventMatch", "SignerInfo", "VerificationResult"),
    "trust": ("TrustEntry", "TrustStore"),
    "webhook": ("sign_webhook", "verify_webhook"),
}
__getattr__, __dir__ = lazy_names(globals(), _HOMES)
