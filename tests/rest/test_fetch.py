"""The fetcher keeps to its limits, whatever the other side answers; no test reaches a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from epcis_kit.errors import RemoteError, RemoteRejected, RemoteUnreachable
from epcis_kit.rest import HttpFetcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC = "93.184.215.14"
URL = "https://plant.example/.well-known/did.json"


def fetcher(answer: Callable[[httpx.Request], httpx.Response], **choices: Any) -> HttpFetcher:
    choices.setdefault("addresses", lambda _host, _port: [PUBLIC])
    return HttpFetcher(transport=httpx.MockTransport(answer), **choices)


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"asked for {request.url}")


def message(fetch: HttpFetcher, url: str = URL, kind: type[RemoteError] = RemoteError) -> str:
    with pytest.raises(RemoteError) as raised:
        fetch.fetch(url)
    assert type(raised.value) is kind
    return str(raised.value)


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    assert fetcher(answer).fetch(URL + "?a=1") == b"{}"
    (request,) = asked
    assert str(request.url) == f"https://{PUBLIC}/.well-known/did.json?a=1"
    assert request.headers["Host"] == "plant.example"
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.extensions["sni_hostname"] == "plant.example"
    assert "Cookie" not in request.headers
    assert (
        fetcher(answer, addresses=lambda _host, _port: ["2606:2800::1"]).fetch("https://plant.example:8443/x") == b"{}"
    )
    assert str(asked[1].url) == "https://[2606:2800::1]:8443/x"
    assert asked[1].headers["Host"] == "plant.example:8443"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "not an address",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    only = fetcher(never, addresses=lambda _host, _port: [address])
    assert message(only) == f"Cannot fetch from 'plant.example': expected a public address, got {address}."
    among = fetcher(never, addresses=lambda _host, _port: [PUBLIC, address])
    assert message(among) == f"Cannot fetch from 'plant.example': expected a public address, got {address}."


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1"])
def test_a_private_address_in_the_place_of_a_name(host: str) -> None:
    transport = httpx.MockTransport(never)
    with pytest.raises(RemoteError, match="expected a public address"):
        HttpFetcher(transport=transport).fetch(f"https://{host}/did.json")


@pytest.mark.parametrize(
    "url",
    [
        "http://plant.example/did.json",
        "ftp://plant.example/did.json",
        "file:///etc/hosts",
        "//plant.example/did.json",
        "plant.example",
        "https://",
        "https://plant.example:99999/",
        "https://plant.example/a b",
        "https://plant.example/\n",
        "https://plänt.example/",
        "https://[::1",
    ],
)
def test_addresses_of_other_kinds(url: str) -> None:
    assert message(fetcher(never), url).endswith("expected an https address.")


def test_an_address_with_a_user_name() -> None:
    text = message(fetcher(never), "https://plant.example@evil.example/")
    assert text == "Cannot fetch 'https://plant.example@evil.example/': expected an address without a user name."


@pytest.mark.parametrize("target", ["/keys/did.json", "https://plant.example/keys/did.json", "../keys/did.json"])
def test_a_redirect_on_the_same_host(target: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/keys/did.json":
            return httpx.Response(200, stream=httpx.ByteStream(b"here"))
        return httpx.Response(302, headers={"Location": target})

    assert fetcher(answer).fetch(URL) == b"here"


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example/did.json",
        "https://plant.example:8443/did.json",
        "https://www.plant.example/did.json",
        "//other.example/did.json",
    ],
)
def test_a_redirect_to_another_host(target: str) -> None:
    text = message(fetcher(lambda _: httpx.Response(301, headers={"Location": target})))
    assert text.startswith(f"Cannot fetch '{URL}': expected a redirect on the same host, got ")


def test_a_redirect_to_plain_http() -> None:
    text = message(fetcher(lambda _: httpx.Response(301, headers={"Location": "http://plant.example/did.json"})))
    assert text == "Cannot fetch 'http://plant.example/did.json': expected an https address."


def test_a_redirect_without_end() -> None:
    text = message(fetcher(lambda _: httpx.Response(307, headers={"Location": URL})))
    assert text == f"Cannot fetch '{URL}': expected at most 3 redirects."


@pytest.mark.parametrize("status", [204, 400, 404, 500, 503])
def test_other_answers(status: int) -> None:
    text = message(fetcher(lambda _: httpx.Response(status)), kind=RemoteRejected)
    assert text == f"Cannot fetch '{URL}': expected status 200, got {status}."


def test_an_answer_that_is_too_long() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    text = message(fetcher(lambda _: httpx.Response(200, content=endless()), max_bytes=5000))
    assert text == f"Cannot fetch '{URL}': expected at most 5000 bytes, got more."


def test_an_answer_that_takes_too_long() -> None:
    ticks = iter(range(1000))

    def slow() -> Iterator[bytes]:
        while True:
            yield b"x"

    text = message(
        fetcher(lambda _: httpx.Response(200, content=slow()), seconds=20, clock=lambda: float(next(ticks))),
        kind=RemoteUnreachable,
    )
    assert text == f"Cannot fetch '{URL}': it took more than 20 seconds."


def test_a_compressed_answer() -> None:
    zipped = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))
    text = message(fetcher(lambda _: zipped))
    assert text == f"Cannot fetch '{URL}': expected an answer that is not compressed."


def test_nobody_answers() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert message(fetcher(refuse), kind=RemoteUnreachable) == f"Cannot fetch '{URL}': ConnectError 'refused'."
    nowhere = fetcher(never, addresses=lambda _host, _port: [])
    assert message(nowhere, kind=RemoteUnreachable) == "Cannot find 'plant.example': it has no address."

    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    text = message(fetcher(never, addresses=unknown), kind=RemoteUnreachable)
    assert text == "Cannot find 'plant.example': Name or service not known."
