"""``epcis-kit keygen``: a new key pair for signing.

Takes a kind and a name; writes ``NAME.key`` (the private key, PEM, readable by its owner only) and ``NAME.pub``, or
``NAME.crt`` for a self-signed certificate. Guarantees: no file that exists is overwritten, and the private key is
shown nowhere.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from epcis_kit.errors import SignatureError

__all__ = ["keygen_command"]


@click.command("keygen")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["es256", "ed25519", "rsa", "x509"]),
    default="es256",
    show_default=True,
    help="es256 and ed25519 for JSON, x509 (RSA with a certificate) for XML.",
)
@click.option("--out", required=True, metavar="NAME", help="Write NAME.key and NAME.pub, or NAME.crt for x509.")
@click.option("--name", help="Whom the certificate names; the last part of NAME where it is not given.")
@click.option("--days", type=click.IntRange(1, 3650), default=730, show_default=True, help="Life of a certificate.")
@click.option("--passphrase-env", metavar="VARIABLE", help="Encrypt the key with what this variable holds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def keygen_command(
    *, kind: str, out: str, name: str | None, days: int, passphrase_env: str | None, as_json: bool
) -> None:
    """Make a key pair. The .key file is secret; partners get the .pub or .crt file.

    Exit codes: 0 done, 3 a file is there already or cannot be written.

    \b
    Example: epcis-kit keygen --type es256 --out plant
    """
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - loaded when a key is made

    from epcis_kit.signing import keys  # noqa: PLC0415
    from epcis_kit.signing.key_names import key_name  # noqa: PLC0415

    passphrase = None
    if passphrase_env is not None:
        passphrase = os.environ.get(passphrase_env)
        if not passphrase:
            raise SignatureError(f"Cannot read the passphrase: expected it in the environment as {passphrase_env!r}.")
    secret = Path(f"{out}.key")
    public = Path(f"{out}.crt" if kind == "x509" else f"{out}.pub")
    for path in (secret, public):
        if path.exists():
            raise SignatureError(f"Cannot write {str(path)!r}: it exists; keys are not overwritten.")
    key = keys.generate_key(kind)  # type: ignore[arg-type]
    if kind == "x509":
        now = datetime.now(UTC).replace(microsecond=0)
        subject = name or Path(out).name
        start = now - timedelta(minutes=5)  # clocks differ
        certificate = keys.self_signed_certificate(key, subject, start, now + timedelta(days=days))
        shown = certificate.public_bytes(Encoding.PEM)
    else:
        shown = keys.public_pem(key.public_key())
    handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(keys.private_pem(key, passphrase))
    public.write_bytes(shown)
    called = key_name(key.public_key())
    if as_json:
        click.echo(json.dumps({"key": str(secret), "public": str(public), "id": called, "type": kind}))
    else:
        click.echo(f"{secret}  the private key: keep it\n{public}  for partners\n{called}")
