"""Fetching one small document of a stranger, with every limit on.

Takes an ``https`` address; gives its bytes. Used for documents of ``did:web`` where the user asked for it
(``verify --online``). Guarantees:

* ``https`` only, with the certificate checked for the host that was asked for;
* no private, loopback, link-local, multicast or reserved address, whatever the name says: the name is resolved once,
  every address of it must be public, and the connection goes to the address that was looked at;
* redirects are followed on the same host and port only, three times at most;
* at most a megabyte, and ten seconds for everything together;
* no cookies, no credentials, no proxy and no settings of the environment; no compressed answers.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from epcis_kit.errors import RemoteError, RemoteRejected, RemoteUnreachable, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

__all__ = ["HttpFetcher"]

_REDIRECTS: Final = 3
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {
    "Accept": "application/did+json, application/json;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",
    "User-Agent": "epcis-kit",
}


class HttpFetcher:
    """Fetches documents over https; implements :class:`~epcis_kit.signing.did_web.Fetcher`.

    Args:
        seconds: For one document, redirects included.
        max_bytes: The most that is read.
        transport: How httpx connects, for tests; the network where it is ``None``.
        addresses: Gives the addresses of a host and port, for tests; the system's resolver where it is ``None``.
        clock: Gives seconds that only grow.
    """

    def __init__(
        self,
        *,
        seconds: float = 10.0,
        max_bytes: int = 1 << 20,
        transport: httpx.BaseTransport | None = None,
        addresses: Callable[[str, int], Sequence[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._transport = transport
        self._addresses = addresses if addresses is not None else _addresses_of
        self._clock = clock

    def fetch(self, url: str) -> bytes:
        """The body behind an ``https`` address.

        Raises:
            RemoteRejected: The other side answered with something else than a document.
            RemoteUnreachable: It did not answer, or not in time.
            RemoteError: The address, or where it leads, is not allowed.
        """
        import httpx  # noqa: PLC0415 - loaded when something is fetched

        deadline = self._clock() + self._seconds
        origin = _origin(url)
        try:
            with httpx.Client(transport=self._transport, trust_env=False, follow_redirects=False) as client:
                for _ in range(_REDIRECTS + 1):
                    status, target, body = self._once(client, url, deadline)
                    if status not in _REDIRECTING:
                        return body
                    following = urljoin(url, target)
                    if _origin(following) != origin:
                        raise RemoteError(
                            f"Cannot fetch {shorten(url)}: expected a redirect on the same host, "
                            f"got {shorten(following)}."
                        )
                    url = following
        except httpx.HTTPError as error:
            raise RemoteUnreachable(
                f"Cannot fetch {shorten(url)}: {type(error).__name__} {shorten(str(error))}."
            ) from None
        raise RemoteError(f"Cannot fetch {shorten(url)}: expected at most {_REDIRECTS} redirects.")

    def _once(self, client: httpx.Client, url: str, deadline: float) -> tuple[int, str, bytes]:
        """Status, where it redirects to, and body of one request."""
        host, port = _origin(url)
        left = self._left(url, deadline)
        address = self._public_address(host, port)
        parts = urlsplit(url)
        shown = f"[{address}]" if ":" in address else address
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = client.build_request(
            "GET",
            f"https://{shown}:{port}{path}",
            headers={**_HEADERS, "Host": host if port == 443 else f"{host}:{port}"},
            timeout=left,
            extensions={"sni_hostname": host},
        )
        response = client.send(request, stream=True)
        try:
            if response.status_code in _REDIRECTING:
                return response.status_code, response.headers.get("Location", ""), b""
            if response.status_code != 200:
                raise RemoteRejected(
                    f"Cannot fetch {shorten(url)}: expected status 200, got {response.status_code}.",
                    response.status_code,
                )
            return 200, "", self._body(response, url, deadline)
        finally:
            response.close()

    def _body(self, response: httpx.Response, url: str, deadline: float) -> bytes:
        if response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            raise RemoteError(f"Cannot fetch {shorten(url)}: expected an answer that is not compressed.")
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) > self._max_bytes:
                raise RemoteError(f"Cannot fetch {shorten(url)}: expected at most {self._max_bytes} bytes, got more.")
            self._left(url, deadline)
        return bytes(body)

    def _left(self, url: str, deadline: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise RemoteUnreachable(f"Cannot fetch {shorten(url)}: it took more than {self._seconds:g} seconds.")
        return left

    def _public_address(self, host: str, port: int) -> str:
        try:
            found = list(self._addresses(host, port))
        except OSError as error:
            raise RemoteUnreachable(f"Cannot find {shorten(host)}: {error.strerror or error}.") from None
        if not found:
            raise RemoteUnreachable(f"Cannot find {shorten(host)}: it has no address.")
        for text in found:
            if not _is_public(text):
                raise RemoteError(f"Cannot fetch from {shorten(host)}: expected a public address, got {text}.")
        return found[0]


def _origin(url: str) -> tuple[str, int]:
    """Host and port of an address that may be fetched."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise RemoteError(f"Cannot fetch {shorten(url)}: expected an https address.") from None
    if parts.scheme != "https" or not host or not url.isascii() or any(letter <= " " for letter in url):
        raise RemoteError(f"Cannot fetch {shorten(url)}: expected an https address.")
    if parts.username is not None or parts.password is not None:
        raise RemoteError(f"Cannot fetch {shorten(url)}: expected an address without a user name.")
    return host, port


def _addresses_of(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]  # no name: there is nothing to look up
    except ValueError:
        pass
    found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _is_public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None and not _is_public(str(inner)):
            return False
        if address in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
