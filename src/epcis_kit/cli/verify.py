"""``epcis-kit verify``: who signed this, is it unchanged, and do we believe them?

Takes signed files, or files with a signature beside them, and the trust; gives a verdict for each and an exit code that
is that of the worst. Guarantees: nothing is fetched without ``--online``; only ``VALID`` is exit code 0; with
``--payload`` what was signed is written, and nothing else, only where it is valid.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from epcis_kit.signing import VerificationResult
    from epcis_kit.signing.did_web import Fetcher

__all__ = ["verify_command"]

_EXIT: Final = {"VALID": 0, "INVALID": 1, "INDETERMINATE": 3, "UNSIGNED": 3}
_BADNESS: Final = {0: 0, 1: 2, 3: 1}


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--trust", multiple=True, metavar="FILE", help="Trust file (TOML), public key or certificate. May be repeated."
)
@click.option("--signature", multiple=True, metavar="FILE", help="The signature or attestation, if not beside PATH.")
@click.option("--profile", help="Only signatures of this kind count.")
@click.option("--at", metavar="TIME", help="Decide for this instant instead of now.")
@click.option("--audience", multiple=True, metavar="NAME", help="A name by which signers address you.")
@click.option("--partial", is_flag=True, help="attest: the document may be a part of what was attested.")
@click.option("--did-documents", metavar="FOLDER", help="Documents of did:web, as HOST/PATH/did.json.")
@click.option("--online", is_flag=True, help="Fetch documents of did:web that are not in that folder (https only).")
@click.option("--contexts", metavar="FOLDER", help="JSON-LD contexts, for proofs over RDF; see contexts.toml.")
@click.option("--payload", metavar="FILE", help="Write what was signed here, if it is valid.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def verify_command(
    *,
    paths: tuple[str, ...],
    trust: tuple[str, ...],
    signature: tuple[str, ...],
    profile: str | None,
    at: str | None,
    audience: tuple[str, ...],
    partial: bool,
    did_documents: str | None,
    online: bool,
    contexts: str | None,
    payload: str | None,
    as_json: bool,
) -> None:
    """Verify signatures: inside a file, in one beside it, or a signature file itself.

    Exit codes: 0 VALID, 1 INVALID, 2 wrong usage, 3 INDETERMINATE, UNSIGNED or cannot be read.

    \b
    Example: epcis-kit verify shipment.json.jwt --trust plant.pub
    """
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415 - loaded when something is verified
    from epcis_kit.signing import TrustStore, verify  # noqa: PLC0415

    fetcher: Fetcher | None = None
    if online:
        from epcis_kit.rest import HttpFetcher  # noqa: PLC0415 - loaded where the network was asked for

        fetcher = HttpFetcher()
    store = TrustStore.load(list(trust))
    moment = _moment(at)
    worst = 0
    for path in paths:
        result = verify(
            sys.stdin.buffer if path == "-" else path,
            trust=store,
            signature=list(signature) or None,
            profile=profile,
            at=moment,
            audience=audience,
            partial=partial,
            did_documents=did_documents,
            fetcher=fetcher,
            contexts=contexts,
        )
        worst = max(worst, _EXIT[result.status], key=_BADNESS.__getitem__)
        if as_json:
            click.echo(json.dumps({"file": path, **result.as_dict()}, ensure_ascii=False))
        else:
            click.echo(_as_text(path, result), nl=False)
        if payload is not None and result.payload is not None:
            with replacing(Path(payload)) as stream:
                stream.write(result.payload if result.epcis is None else result.epcis)
    sys.exit(worst)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"expected a time with a zone, got {text!r}.", param_hint="--at")
    return moment


def _as_text(path: str, result: VerificationResult) -> str:
    words = [f"{path}: {result.status}"]
    if result.profile:
        words.append(f"({result.profile}{', ' + result.alg if result.alg else ''})")
    lines = [" ".join(words)]
    for signer in result.signers:
        vouched = f"by {signer.trust_source}" if signer.name else "by nobody"
        lines.append(f"  signed by {signer.name or signer.id}, vouched for {vouched}")
    if result.signed_at is not None:
        lines.append(f"  says it was signed at {result.signed_at.isoformat()}")
    if result.match is not None:
        lines.append(f"  match: {result.match}")
    lines += [f"  {check.status}: {check.code}: {check.detail}" for check in result.checks if check.code]
    lines += [
        f"  event {'-' if event.index is None else event.index}: {event.match}: {event.code}: {event.detail}"
        for event in result.events
        if event.code
    ]
    lines += [f"  note: {warning}" for warning in result.warnings]
    return "\n".join(lines) + "\n"
