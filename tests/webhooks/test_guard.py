import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path

import pytest
from aiohttp import TCPConnector
from hypothesis import given
from hypothesis import strategies as st

from gateways.webhooks import Outcome, Sender, check_url, new_secret
from gateways.webhooks.addresses import Address, is_public
from gateways.webhooks.guard import NOT_A_HOST, NOT_AN_ADDRESS, NOT_HTTPS, PRIVATE, AddressInfo, Guard, NotAllowed
from tests.webhooks.receivers import answer, certificate, receiving, showing

OWN_ADDRESSES = [
    "0.0.0.0",  # noqa: S104 - it is refused
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:a00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:a00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC_ADDRESSES = ["8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8"]
TRANSLATED = IPv6Network("64:ff9b::/96")


@pytest.mark.parametrize("text", OWN_ADDRESSES)
def test_what_leads_nowhere_outside_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))
    url = f"https://[{text.replace('%', '%25')}]/" if ":" in text else f"https://{text}/"
    assert check_url(url, allows_loopback=False) == PRIVATE


@pytest.mark.parametrize("text", PUBLIC_ADDRESSES)
def test_what_leads_outside_is_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert check_url(f"https://[{text}]/" if ":" in text else f"https://{text}/", allows_loopback=False) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_is_public_that_the_standard_library_knows_better(address: Address) -> None:
    known = isinstance(address, IPv6Address) and address in TRANSLATED
    own = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not is_public(address) or known or (address.is_global and not own and not address.is_reserved)


@given(st.ip_addresses(v=4))
def test_every_other_ipv4_address_is_public(address: IPv4Address) -> None:
    is_known = address.is_global and not address.is_multicast and not address.is_reserved
    exceptions = str(address).startswith(("192.88.99.", "192.0.0.", "168.63.129.16"))
    assert is_public(address) == (is_known and not exceptions)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_hides_nothing(address: IPv4Address) -> None:
    number = int(address)
    assert is_public(IPv6Address((0x64FF9B << 96) | number)) == is_public(address)
    for around in (
        (0xFFFF << 32) | number,
        number,
        (0x2002 << 112) | (number << 80),
        (0x20010000 << 96) | ~number % 2**32,
    ):
        assert not is_public(IPv6Address(around))


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://hooks.example.com/a?b=c", None),
        ("https://hooks.example.com:8443/", None),
        ("https://bücher.example/", None),
        ("https://1.example.com./", None),
        ("http://hooks.example.com/", NOT_HTTPS),
        ("ftp://hooks.example.com/", NOT_HTTPS),
        ("file:///etc/passwd", NOT_HTTPS),
        ("hooks.example.com", NOT_HTTPS),
        ("", NOT_HTTPS),
        ("https:///hook", NOT_A_HOST),
        ("https://a..example.com/", NOT_A_HOST),
        ("https://-a.example.com:99999/", NOT_AN_ADDRESS),
        ("https://example.com\\@127.0.0.1/", NOT_AN_ADDRESS),
        ("https://example.com/\r\nx: y", NOT_AN_ADDRESS),
        (" https://example.com/", NOT_AN_ADDRESS),
        ("https://example.com/" + "a" * 2000, NOT_AN_ADDRESS),
        ("https://me@example.com/", "The address must not hold a user name or password."),
        ("https://example.com@127.0.0.1/", "The address must not hold a user name or password."),
        ("https://example.com:22/", "The address must use port 443, 80, or one from 1024 on."),
        ("https://example.com:0/", "The address must use port 443, 80, or one from 1024 on."),
        ("https://localhost/", PRIVATE),
        ("https://LOCALHOST./", PRIVATE),
        ("https://ⓛocalhost/", PRIVATE),
        ("https://a.localhost/", PRIVATE),
        ("https://postgres/", PRIVATE),
        ("https://metadata.google.internal/", PRIVATE),
        ("https://printer.local/", PRIVATE),
        ("https://１２７.０.０.１/", PRIVATE),
        ("https://127。0。0。1/", PRIVATE),
        ("https://127.0.0.1./", NOT_A_HOST),
        ("https://127.1/", NOT_A_HOST),
        ("https://2130706433/", NOT_A_HOST),
        ("https://0177.0.0.1/", NOT_A_HOST),
        ("https://0x7f.0.0.1/", NOT_A_HOST),
        ("https://0x7f000001/", NOT_A_HOST),
        ("https://127.0.0.0x1/", NOT_A_HOST),
        ("https://a.0x/", NOT_A_HOST),
        ("https://127.0.0.1%00.example.com/", NOT_A_HOST),
    ],
)
def test_an_address_is_judged_by_its_form(url: str, wrong: str | None) -> None:
    assert check_url(url, allows_loopback=False) == wrong


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://127.0.0.1:8000/", None),
        ("http://[::1]:8000/", None),
        ("http://localhost:8000/", None),
        ("https://localhost/", None),
        ("https://example.com/", None),
        ("http://example.com/", NOT_HTTPS),
        ("http://8.8.8.8/", NOT_HTTPS),
        ("http://10.0.0.1/", NOT_HTTPS),
        ("https://10.0.0.1/", PRIVATE),
        ("https://169.254.169.254/", PRIVATE),
        ("https://postgres/", PRIVATE),
        ("http://127.1:8000/", NOT_HTTPS),
    ],
)
def test_a_developer_may_use_this_machine_and_nothing_else_of_their_network(url: str, wrong: str | None) -> None:
    assert check_url(url, allows_loopback=True) == wrong


class Answers(Guard):
    """Answers lookups as a hostile name server does, in turn; takes 127.0.0.2 for public, and no other of its kind."""

    def __init__(self, *turns: Sequence[str], allows_loopback: bool = False) -> None:
        super().__init__(allows_loopback=allows_loopback)
        self.turns, self.lookups, self.connected = list(turns), 0, list[str]()

    def allows(self, address: Address) -> bool:
        return str(address) == "127.0.0.2" or super().allows(address)

    async def look_up(self, host: str, port: int, family: socket.AddressFamily) -> Sequence[AddressInfo]:
        self.lookups += 1
        assert host.endswith(".example.com") or host == "localhost"
        found = self.turns.pop(0)
        return [info for text in found for info in await Guard.look_up(self, text, port, family)]

    def socket(self, info: AddressInfo) -> socket.socket:
        made = super().socket(info)
        self.connected.append(str(info[4][0]))
        return made


async def attempted(sender: Sender, url: str) -> Outcome:
    secrets = [new_secret()]
    return await sender.send(url, message_id="msg_1", body=b"{}", secrets=secrets, at=datetime.now(UTC))


async def sent(guard: Guard, url: str) -> Outcome:
    sender = Sender(allows_loopback=False, guard=guard, patience=5)
    try:
        return await attempted(sender, url)
    finally:
        await sender.close()


async def test_a_name_that_changes_its_answer_is_connected_to_where_it_was_judged(tmp_path: Path) -> None:
    files = certificate(tmp_path, names=["rebinding.example.com"])
    guard = Answers(["127.0.0.2"], ["127.0.0.1"])
    sender = Sender(allows_loopback=False, guard=guard, trust=ssl.create_default_context(cafile=files[0]))
    good = answer("204 No Content", "connection: close")
    async with receiving(good, host="127.0.0.2", tls=showing(files)) as judged:
        url = f"https://rebinding.example.com:{judged.port}/"
        async with receiving(good, port=judged.port, tls=showing(files)) as inside:
            outcome = await attempted(sender, url)
            assert (outcome.http_status, outcome.error) == (204, None)
            assert judged.requests[0][0]["host"] == f"rebinding.example.com:{judged.port}"
            assert (guard.lookups, guard.connected) == (1, ["127.0.0.2"])
            assert (await attempted(sender, url)).error == PRIVATE
            assert (guard.lookups, guard.connected, inside.connections) == (2, ["127.0.0.2"], 0)
    await sender.close()


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"]])
async def test_one_address_inside_refuses_the_whole_name(answers: list[str]) -> None:
    guard = Answers(answers)
    outcome = await sent(guard, "https://mixed.example.com/")
    assert (outcome.http_status, outcome.error, guard.connected) == (None, PRIVATE, [])


@pytest.mark.parametrize("text", [each for each in OWN_ADDRESSES if "%" not in each])
async def test_no_socket_is_made_for_an_address_inside(text: str) -> None:
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    with pytest.raises(NotAllowed):
        Guard(allows_loopback=False).socket((family, socket.SOCK_STREAM, 0, "", (text, 443)))


async def test_the_connector_asks_the_guard_even_for_an_address_that_needs_no_lookup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateways.webhooks.sender.check_url", lambda *_: None)
    async with receiving(answer("204 No Content")) as inside:
        outcome = await sent(Guard(allows_loopback=False), inside.url)
        assert (outcome.http_status, inside.connections) == (None, 0)
        assert outcome.error == PRIVATE


async def test_localhost_must_be_this_machine() -> None:
    guard = Answers(["8.8.8.8"], allows_loopback=True)
    with pytest.raises(NotAllowed):
        await guard.resolve("localhost", 443)


async def test_this_machines_own_resolver_is_asked() -> None:
    guard = Guard(allows_loopback=True)
    assert {each["host"] for each in await guard.resolve("localhost", 443)} <= {"127.0.0.1", "::1"}
    with pytest.raises(NotAllowed):
        await Guard(allows_loopback=False).resolve("localhost", 443)


async def test_lookups_are_not_kept() -> None:
    connector: TCPConnector = Sender(allows_loopback=False)._connector()
    assert not connector.use_dns_cache
    await connector.close()
