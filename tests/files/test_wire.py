"""What only a real server shows: a body that is not wanted is not waited for."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.conftest import Served
from tests.files.samples import PNG, picture


async def a_ticket(server: Served, size: int) -> dict[str, Any]:
    query = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { ticket { url } } }"
    given = {"purpose": "ONBOARDING_ANSWER", "filename": "a.png", "mime": PNG, "size": size}
    async with httpx.AsyncClient(base_url=server.base_url, headers={"authorization": f"Bearer {server.token}"}) as http:
        answer = await http.post("/graphql", json={"query": query, "variables": {"input": given}})
    return answer.json()["data"]["createUpload"]["ticket"]


async def raw(server: Served, head: str, body: bytes) -> bytes:
    """Send a request as it stands, and return everything that comes until the server ends the connection."""
    parts = urlsplit(server.base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"{head}\r\nHost: 127.0.0.1\r\n\r\n".encode() + body)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def test_a_body_said_to_have_5_gb_is_refused_without_reading_it(server: Served) -> None:
    ticket = await a_ticket(server, 1024)
    head = f"PUT {ticket['url']} HTTP/1.1\r\nContent-Type: {PNG}\r\nContent-Length: 5368709120"
    answer = await raw(server, head, b"\0" * 1024)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"5368709120 bytes are sent, and 1024 were announced." in answer


async def test_a_body_without_an_end_is_stopped(server: Served) -> None:
    ticket = await a_ticket(server, 1024)
    head = f"PUT {ticket['url']} HTTP/1.1\r\nContent-Type: {PNG}\r\nTransfer-Encoding: chunked"
    answer = await raw(server, head, b"1000\r\n" + b"\0" * 4096 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"More comes than the 1024 bytes that were announced." in answer


async def test_a_client_that_goes_away_may_come_back(server: Served) -> None:
    content = picture()
    ticket = await a_ticket(server, len(content))
    parts = urlsplit(server.base_url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"PUT {ticket['url']} HTTP/1.1\r\nHost: x\r\nContent-Type: {PNG}\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content[:100])
    await writer.drain()
    writer.close()
    async with httpx.AsyncClient(base_url=server.base_url) as http:
        answer = await http.put(ticket["url"], content=content, headers={"content-type": PNG})
    assert answer.status_code == 200, answer.text
