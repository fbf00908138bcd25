"""``epcis-kit sign``: sign a document or any file.

Takes files and a private key; writes a file for each and says which. Guarantees: the signed file itself is never
changed; the key is named by a file or an environment variable and is never an argument; an encrypted key asks for its
passphrase on a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.errors import SignatureError

if TYPE_CHECKING:
    from epcis_kit.signing import PrivateKeySigner

__all__ = ["load_key", "sign_command"]


@click.command("sign")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--key", required=True, metavar="FILE", help="Private key: PEM, PKCS#12, or env:NAME.")
@click.option("--profile", help="vc-jwt, xmldsig, jws-detached, di-jcs or attest; told by the file if not given.")
@click.option("--cert", metavar="FILE", help="Certificate of the key; the .crt beside the key if not given.")
@click.option("--kid", metavar="ID", help="The name that verifiers know the key by, such as did:web:demo.example#1.")
@click.option("--passphrase-env", metavar="VARIABLE", help="The environment variable that holds the passphrase.")
@click.option("--audience", multiple=True, metavar="NAME", help="attest: for whom. May be repeated.")
@click.option("-o", "--output", metavar="FILE", help="Where to write, for one PATH; '-' is standard output.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def sign_command(
    *,
    paths: tuple[str, ...],
    key: str,
    profile: str | None,
    cert: str | None,
    kid: str | None,
    passphrase_env: str | None,
    audience: tuple[str, ...],
    output: str | None,
    as_json: bool,
) -> None:
    """Sign files, so that partners can verify who made them and that nothing was changed.

    XML gets an XML signature (NAME.signed.xml), JSON becomes a credential (FILE.jwt), anything else gets a
    signature beside it (FILE.jws). With --profile attest each event is signed by itself (FILE.epcis-att.json).

    Exit codes: 0 done, 2 wrong usage, 3 cannot be read or signed.

    \b
    Example: epcis-kit sign shipment.json --key plant.key
    """
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415 - loaded when something is signed
    from epcis_kit.signing import sign  # noqa: PLC0415
    from epcis_kit.signing.profiles import PROFILES  # noqa: PLC0415

    if profile is not None and profile not in PROFILES:
        raise click.BadParameter(f"expected one of {', '.join(PROFILES)}, got {profile!r}.", param_hint="--profile")
    if output is not None and len(paths) > 1:
        raise click.UsageError("--output is for one PATH.")
    signer = load_key(key, passphrase_env, kid=kid, cert=cert)
    choices: dict[str, Any] = {"audience": audience} if audience else {}
    for path in paths:
        made = sign(sys.stdin.buffer if path == "-" else path, key=signer, profile=profile, **choices)
        if output == "-" or (output is None and path == "-"):
            sys.stdout.buffer.write(made.data)
            continue
        goal = Path(output) if output is not None else made.path_for(path)
        with replacing(goal) as stream:
            stream.write(made.data)
        if as_json:
            plain = {"file": path, "profile": made.profile, "output": str(goal), "alg": signer.alg, "kid": signer.kid}
            click.echo(json.dumps(plain, ensure_ascii=False))
        else:
            click.echo(f"{goal}  {made.profile}, {signer.alg}")


def load_key(
    key: str, passphrase_env: str | None, *, kid: str | None = None, cert: str | None = None
) -> PrivateKeySigner:
    """The private key that an option names, with the certificate beside it."""
    from epcis_kit.signing import load_signer  # noqa: PLC0415 - loaded when something is signed

    if cert is None and not key.startswith("env:") and Path(key).with_suffix(".crt").is_file():
        cert = str(Path(key).with_suffix(".crt"))
    return load_signer(key, passphrase=_passphrase(key, passphrase_env), kid=kid, certificate=cert)


def _passphrase(key: str, variable: str | None) -> str | None:
    if variable is not None:
        found = os.environ.get(variable)
        if not found:
            raise SignatureError(f"Cannot read the passphrase: expected it in the environment as {variable!r}.")
        return found
    if key.startswith("env:") or not sys.stdin.isatty():
        return None
    data = Path(key).read_bytes()
    if b"ENCRYPTED" in data or not data.lstrip().startswith(b"-----BEGIN"):
        return str(click.prompt("Passphrase", hide_input=True, err=True))
    return None
