import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from gateways.webhooks import Outcome, Sender, new_secret
from gateways.webhooks.outcome import excerpt_of
from tests.webhooks.receivers import Receiver, answer, certificate, receiving, showing

BODY = '{"type":"webhook.test","data":{"name":"Zoë"}}'.encode()
SECRET = new_secret()
GOOD = answer("200 OK", body=b"thank you")


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    """A sender that loses its patience soon."""
    sender = Sender(allows_loopback=True, patience=0.5)
    yield sender
    await sender.close()


async def sent(sender: Sender, url: str, at: datetime | None = None) -> Outcome:
    moment = at or datetime.now(UTC)
    return await sender.send(url, message_id="msg_1", body=BODY, secrets=[SECRET], at=moment)


async def to(sender: Sender, answers: bytes) -> Outcome:
    async with receiving(answers) as receiver:
        return await sent(sender, receiver.url)


async def test_a_receiver_can_verify_what_it_is_sent(sender: Sender) -> None:
    async with receiving(GOOD) as receiver:
        outcome = await sent(sender, receiver.url)
    assert (outcome.http_status, outcome.error, outcome.excerpt) == (200, None, "thank you")
    assert outcome.succeeded
    assert not outcome.is_gone
    (headers, body) = receiver.requests[0]
    assert body == BODY
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Workgraph-Webhooks/1"
    assert Webhook(SECRET).verify(body, headers)["data"] == {"name": "Zoë"}
    assert set(headers) == {
        "host", "webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent",
        "accept", "accept-encoding", "content-length",
    }  # fmt: skip


async def test_a_connection_is_used_again_and_cookies_are_not_kept(sender: Sender) -> None:
    # Of a name, as no jar keeps the cookies of a number.
    async with receiving(answer("200 OK", "set-cookie: a=b; Path=/", body=b"ok")) as receiver:
        for _ in range(3):
            assert (await sent(sender, f"http://localhost:{receiver.port}/hook")).succeeded
    assert receiver.connections == 1
    assert all("cookie" not in headers for headers, _ in receiver.requests)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_a_failure_and_is_not_followed(sender: Sender, status: str) -> None:
    async with receiving(GOOD) as inside, receiving(answer(status, f"location: {inside.url}")) as receiver:
        outcome = await sent(sender, receiver.url)
        assert outcome.http_status == int(status[:3])
        assert not outcome.succeeded
        assert outcome.error == "It answered with a redirect, and redirects are not followed."
        assert (len(receiver.requests), inside.connections) == (1, 0)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_only_2xx_is_success(sender: Sender, status: int) -> None:
    assert (await to(sender, answer(f"{status} X"))).succeeded


@pytest.mark.parametrize("status", [304, 400, 404, 410, 429, 500, 503, 599])
async def test_every_other_status_is_failure(sender: Sender, status: int) -> None:
    outcome = await to(sender, answer(f"{status} X"))
    assert (outcome.http_status, outcome.succeeded, outcome.is_gone) == (status, False, status == 410)


async def test_retry_after_counts_with_429_and_503_only(sender: Sender) -> None:
    assert (await to(sender, answer("429 Too Many", "retry-after: 120"))).retry_after == 120
    assert (await to(sender, answer("503 Busy", "retry-after: 999999999999"))).retry_after == 86400
    assert (await to(sender, answer("500 Broken", "retry-after: 120"))).retry_after is None
    dated = answer("429 Too Many", "retry-after: Tue, 30 Jun 2026 12:01:30 GMT")
    async with receiving(dated) as receiver:
        assert (await sent(sender, receiver.url, datetime(2026, 6, 30, 12, tzinfo=UTC))).retry_after == 90


async def test_a_receiver_that_does_not_answer_is_left(sender: Sender) -> None:
    async def wait(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with receiving(wait) as receiver:
        outcome = await sent(sender, receiver.url)
    assert (outcome.http_status, outcome.error) == (None, "It did not answer within 0.5 seconds.")
    assert 450 <= outcome.duration_ms < 2000


async def test_a_slow_receiver_delays_no_other(sender: Sender) -> None:
    async def wait(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with receiving(wait) as slow, receiving(GOOD) as quick:
        waiting = [asyncio.ensure_future(sent(sender, slow.url)) for _ in range(150)]
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        assert (await sent(sender, quick.url)).succeeded
        assert time.perf_counter() - began < 0.3
        await asyncio.gather(*waiting)


async def test_an_answer_that_drips_is_a_success_and_soon_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nwell")
        await asyncio.sleep(30)

    monkeypatch.setattr("gateways.webhooks.sender.READING", 0.2)
    sender = Sender(allows_loopback=True)
    async with receiving(drip) as receiver:
        outcome = await sent(sender, receiver.url)
    await sender.close()
    assert (outcome.http_status, outcome.error, outcome.excerpt) == (200, None, "well")
    assert 150 <= outcome.duration_ms < 2000


async def test_of_a_huge_answer_only_the_beginning_is_read(sender: Sender) -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            written += 1

    async with receiving(flood) as receiver:
        outcome = await sent(sender, receiver.url)
    assert (outcome.http_status, outcome.excerpt) == (200, "x" * 1024)
    assert written < 50


async def test_an_answer_that_unpacks_to_much_is_not_unpacked(sender: Sender) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    began = time.perf_counter()
    outcome = await to(sender, answer("200 OK", "content-encoding: gzip", body=bomb))
    assert (outcome.http_status, outcome.excerpt) == (200, None)
    assert not sender._session.auto_decompress
    assert time.perf_counter() - began < 2


LINES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/9.9 -1\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\n",
    b"",
]
PIECES = [
    *LINES,
    *(b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"\xff", b":", b" ", b"5\r\nhello\r\n", b"0\r\n\r\n"),
    *(b"content-length: 5\r\n", b"content-length: -1\r\n", b"content-length: 99999999999999999999\r\n"),
    *(b"transfer-encoding: chunked\r\n", b"content-encoding: br\r\n", b"upgrade: h2c\r\nconnection: upgrade\r\n"),
    *(b"location: http://[\r\n", b"set-cookie: \xff;;=\r\n", b"retry-after: 9e9\r\n"),
]


@given(st.builds(lambda first, others: [first, *others], st.sampled_from(LINES), st.lists(st.sampled_from(PIECES))))
@settings(max_examples=100, deadline=None)
def test_no_answer_breaks_anything(pieces: list[bytes]) -> None:
    async def attempt() -> Outcome:
        async def answer_and_leave(writer: asyncio.StreamWriter) -> None:
            writer.write(b"".join(pieces))
            await writer.drain()
            writer.close()

        sender = Sender(allows_loopback=True, patience=1)
        async with receiving(answer_and_leave) as receiver:
            outcome = await sent(sender, receiver.url)
        await sender.close()
        return outcome

    outcome = asyncio.run(attempt())
    assert outcome.http_status is not None or outcome.error


async def test_a_head_without_end_is_not_read(sender: Sender) -> None:
    outcome = await to(sender, b"HTTP/1.1 200 OK\r\nx: " + b"a" * 1_000_000)
    assert (outcome.http_status, outcome.error) == (None, "Its answer is not valid HTTP.")


async def test_what_is_not_http_is_not_understood(sender: Sender) -> None:
    assert (await to(sender, b"220 mail.example.com ESMTP\r\n")).error == "Its answer is not valid HTTP."


async def test_a_connection_may_be_refused(sender: Sender) -> None:
    async with receiving(GOOD) as receiver:
        pass
    assert (await sent(sender, receiver.url)).error == "It refused the connection."


async def test_a_connection_may_be_closed_without_an_answer(sender: Sender) -> None:
    async def leave(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with receiving(leave) as receiver:
        assert (await sent(sender, receiver.url)).error == "It closed the connection without an answer."
        assert len(receiver.requests) == 1


async def test_a_name_may_not_exist(sender: Sender) -> None:
    outcome = await sent(sender, "https://nobody-has-this-name.invalid/")
    assert (outcome.http_status, outcome.error) == (None, "The name of its host could not be found.")


async def test_what_may_not_be_sent_to_is_not_sent_to() -> None:
    async with receiving(GOOD) as receiver:
        sender = Sender(allows_loopback=False)
        outcome = await sent(sender, receiver.url)
        await sender.close()
    assert (outcome.http_status, outcome.error, receiver.connections) == (
        None,
        "The address must begin with https://.",
        0,
    )


async def over_tls(receiver: Receiver, trust: ssl.SSLContext | None, host: str = "127.0.0.1") -> Outcome:
    sender = Sender(allows_loopback=True, trust=trust, patience=5)
    try:
        return await sent(sender, f"https://{host}:{receiver.port}/hook")
    finally:
        await sender.close()


async def test_a_certificate_must_be_valid_and_for_that_host(tmp_path: Path) -> None:
    files = certificate(tmp_path, addresses=["127.0.0.1"])
    trust = ssl.create_default_context(cafile=files[0])
    async with receiving(GOOD, tls=showing(files)) as receiver:
        assert (await over_tls(receiver, trust)).succeeded
        unknown = await over_tls(receiver, None)
        assert (unknown.http_status, unknown.error) == (None, "Its certificate is not valid: self-signed certificate.")
        other = await over_tls(receiver, trust, "localhost")
        assert other.error is not None
        assert other.error.startswith("Its certificate is not valid: Hostname mismatch")
        assert len(receiver.requests) == 1


async def test_a_receiver_without_tls_is_told_so() -> None:
    async def answer_anything(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(GOOD)
        await writer.drain()
        writer.transport.abort()

    async with await asyncio.start_server(answer_anything, "127.0.0.1", 0) as server:
        receiver = Receiver(port=server.sockets[0].getsockname()[1])
        assert (await over_tls(receiver, None)).error == "A secure connection to it could not be made."


async def test_the_environment_names_no_proxy(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(GOOD) as proxy, receiving(GOOD) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert (await sent(sender, receiver.url)).succeeded
        assert (proxy.connections, receiver.connections) == (0, 1)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", None),
        (b"plain\n\ttext", "plain\n\ttext"),
        (b"a\0b\x1b[2Jc\r\n", "a\ufffdb\ufffd[2Jc\ufffd\n"),
        ("‮evil⁦".encode(), "\ufffdevil\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_an_excerpt_is_safe_to_store_and_to_show(raw: bytes, text: str | None) -> None:
    assert excerpt_of(raw) == text


@pytest.mark.parametrize("raw", [b"\xff" * 2000, "é".encode() * 2000, b"a" + "😀".encode() * 2000])
def test_an_excerpt_is_a_kilobyte_at_most(raw: bytes) -> None:
    text = excerpt_of(raw)
    assert text is not None
    assert 1000 < len(text.encode()) <= 1024
