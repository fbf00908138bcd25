"""Profile ``di-jcs``: a W3C Data Integrity proof inside the JSON (``eddsa-jcs-2022``, ``ecdsa-jcs-2019``).

Takes EPCIS JSON, or a credential around it; gives a credential with a member ``proof``. What is signed is the canonical
form of RFC 8785, so order and white space of the JSON may change and nothing else. Guarantees when verifying: numbers
that two readers could take differently, members that stand twice, and a ``@context`` that is not the one the proof was
made with are refused (the specification lets contexts be appended; a reader would then give the same words another
meaning, so we do not); the key belongs to the issuer.

When signing, a context object inside the document is refused unless ``allow_inline_context`` is said: at least one
widely used verifier cannot compare such objects and calls the proof wrong.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import SignatureError, shorten
from epcis_kit.signing.authority import check_authority_in
from epcis_kit.signing.credentials import check_credential, credential_text
from epcis_kit.signing.judging import judge, moment_of
from epcis_kit.signing.key_names import base58_decode, base58_encode, did_of
from epcis_kit.signing.keys import PrivateKeySigner, algorithms_of, key_signature_fits, verification_method
from epcis_kit.signing.linked_data import RDF_SUITES, rdf_proof_input
from epcis_kit.signing.strict_json import canonical, parse
from epcis_kit.signing.verdicts import Stop, refuse, undecided

if TYPE_CHECKING:
    from datetime import datetime

    from epcis_kit.signing.judging import Policy
    from epcis_kit.signing.key_names import PublicKey
    from epcis_kit.signing.keys import Signer
    from epcis_kit.signing.results import VerificationResult
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["SUITES", "proof_input", "sign_embedded", "verify_embedded"]

SUITES: Final = {"eddsa-jcs-2022": ("EdDSA",), "ecdsa-jcs-2019": ("ES256", "ES384")}
"""The cryptosuites that are made and verified, with the JOSE names of their algorithms."""

_VERIFIED: Final = SUITES | RDF_SUITES
_PURPOSE: Final = "assertionMethod"
_PURPOSE_REFUSED: Final = "Cannot verify proof: expected the purpose 'assertionMethod', got {}."


def proof_input(document: dict[str, Any], proof: dict[str, Any], *, wide: bool = False) -> bytes:
    """The bytes that a proof signs: the hash of its own configuration and the hash of the document.

    Args:
        document: Without its member ``proof``.
        proof: Without its member ``proofValue``.
        wide: With SHA-384, as P-384 keys ask.

    Raises:
        Stop: A number has no canonical form.
    """
    digest = hashlib.sha384 if wide else hashlib.sha256
    return digest(canonical(proof)).digest() + digest(canonical(document)).digest()


def sign_embedded(data: bytes, signer: Signer, *, at: datetime, allow_inline_context: bool = False) -> bytes:
    """The JSON of a credential with its proof.

    Args:
        data: An EPCIS document or event, which is put into a credential, or a credential without proof.
        signer: Ed25519, P-256 or P-384.
        at: The time it says it was signed.
        allow_inline_context: Sign documents with context objects, too.

    Raises:
        SignatureError: The data are no such JSON, or the key is of another kind.
    """
    suite = next((name for name, algorithms in SUITES.items() if signer.alg in algorithms), None)
    if suite is None:
        raise SignatureError(
            f"Cannot sign with a Data Integrity proof by {signer.alg}: expected EdDSA, ES256 or ES384."
        )
    try:
        value = parse(data, exact=True, what="JSON to sign")
        if not (isinstance(value, dict) and "credentialSubject" in value):
            value = json.loads(credential_text(data, signer.issuer, at=at, exact=True))
        if "proof" in value:
            raise SignatureError("Cannot sign: expected a credential without a proof, got one that has it.")
        if not allow_inline_context and _has_inline_context(value):
            raise SignatureError(
                "Cannot sign: the document has a context object inside, which some verifiers cannot compare; "
                "say allow_inline_context to sign it nevertheless."
            )
        method = signer.kid
        if isinstance(signer, PrivateKeySigner) and not method.startswith("did:"):
            method = verification_method(signer.public_key)
        proof: dict[str, Any] = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "verificationMethod": method,
            "proofPurpose": _PURPOSE,
        }
        if "@context" in value:
            proof["@context"] = value["@context"]
        signature = signer.sign(proof_input(value, proof, wide=signer.alg == "ES384"))
    except Stop as stop:
        raise SignatureError(str(stop)) from None
    signed = {**value, "proof": {**proof, "proofValue": "z" + base58_encode(signature)}}
    return json.dumps(signed, ensure_ascii=False, indent=1).encode() + b"\n"


def verify_embedded(data: bytes, policy: Policy, verdict: Verdict) -> VerificationResult:
    """Whether a document with a proof inside is what its signer signed.

    Raises:
        Stop: A check that ends the verification did not pass.
    """
    document = parse(data, exact=True, what="document")
    if not isinstance(document, dict):
        raise refuse("format", "malformed", "Cannot read the document: expected an object.")
    proof = document.pop("proof", None)
    if isinstance(proof, list):
        if len(proof) != 1:
            raise undecided("format", "multiple_signatures", f"The document has {len(proof)} proofs: expected one.")
        proof = proof[0]
    if not isinstance(proof, dict):
        raise refuse("format", "malformed", "Cannot read the proof: expected an object.")
    suite = proof.get("cryptosuite", proof.get("type"))
    if proof.get("type") != "DataIntegrityProof" or not isinstance(suite, str) or suite not in _VERIFIED:
        raise undecided("format", "unsupported", f"Proofs of the kind {shorten(suite)} are not verified here.")
    if "previousProof" in proof:
        raise undecided("format", "unsupported", "Chains of proofs are not verified here.")
    if proof.get("proofPurpose") != _PURPOSE:
        raise refuse("format", "malformed", _PURPOSE_REFUSED.format(shorten(proof.get("proofPurpose"))))
    kid, text = proof.get("verificationMethod"), proof.pop("proofValue", None)
    if not isinstance(kid, str) or not isinstance(text, str) or not text.startswith("z"):
        raise refuse("format", "malformed", "Cannot read the proof: expected verificationMethod and proofValue.")
    try:
        signature = base58_decode(text[1:])
    except ValueError as error:
        raise refuse("format", "malformed", str(error)) from None
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise refuse("content", "context_not_allowed", "The document has another @context than its proof.")

    def fits(key: PublicKey) -> bool:
        alg = algorithms_of(key)[0]
        if suite in RDF_SUITES:
            signed = rdf_proof_input(document, proof, policy.contexts, wide=alg == "ES384")
        else:
            signed = proof_input(document, proof, wide=alg == "ES384")
        if key_signature_fits(key, alg, signed, signature):
            verdict.alg = alg
            return True
        return False

    candidate = judge(
        verdict,
        policy,
        kid=kid,
        chain=[],
        alg=suite,
        fits=fits,
        algorithms=lambda key: [name for name, algs in _VERIFIED.items() if algorithms_of(key)[0] in algs],
    )
    verdict.signed_at = moment_of(proof.get("created"), "created")
    expires = moment_of(proof.get("expires"), "expires")
    if expires is not None and expires < policy.at:
        verdict.add("failed", "time", "expired", f"The proof ended at {expires.isoformat()}.")
    if document.get("issuer") is None and "credentialSubject" not in document:
        document_issuer = {"issuer": did_of(kid)}  # a plain document says nothing about who issued it
        check_credential(document_issuer, policy, verdict, candidate, kid)
    else:
        check_credential(document, policy, verdict, candidate, kid)
    payload = canonical(document)
    subject = document.get("credentialSubject", document)
    epcis = canonical(subject) if isinstance(subject, dict) and "type" in subject else None
    check_authority_in(verdict, candidate.entry, epcis)
    return verdict.result(payload=payload, epcis=epcis, covered="document")


def _has_inline_context(value: Any) -> bool:
    if isinstance(value, dict):
        context = value.get("@context")
        if isinstance(context, dict) or (isinstance(context, list) and any(isinstance(one, dict) for one in context)):
            return True
        return any(map(_has_inline_context, value.values()))
    return isinstance(value, list) and any(map(_has_inline_context, value))
