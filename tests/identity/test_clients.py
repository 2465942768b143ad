"""From where a request comes: the peer, or what proxies of our own say; what anybody may write is not believed."""

import pytest
from starlette.requests import HTTPConnection

from schema.clients import client_address
from tests.identity.builders import REGISTER, a_registration, an_address, ask, set_otherwise
from tests.world import World


def a_request(forwarded: list[str], peer: tuple[str, int] | None = ("10.0.0.9", 5)) -> HTTPConnection:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return HTTPConnection({"type": "http", "headers": headers, "client": peer})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, [], "10.0.0.9"),
        (0, ["192.0.2.1"], "10.0.0.9"),
        (1, ["192.0.2.1"], "192.0.2.1"),
        (1, ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        (2, ["6.6.6.6, 192.0.2.1, 10.0.0.8"], "192.0.2.1"),
        (2, ["6.6.6.6", "192.0.2.1", "10.0.0.8"], "192.0.2.1"),
        (2, ["192.0.2.1"], "192.0.2.1"),
        (1, [], "10.0.0.9"),
        (1, [" , "], "10.0.0.9"),
        (1, ["192.0.2.1:4711"], "192.0.2.1"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (1, ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_the_outermost_proxy_of_ours_says_who_called(proxies: int, forwarded: list[str], address: str) -> None:
    assert client_address(a_request(forwarded), proxies) == address


def test_a_socket_file_has_no_address() -> None:
    assert client_address(a_request([], None), 0) == ""
    assert client_address(a_request(["192.0.2.1"], None), 1) == "192.0.2.1"


@pytest.mark.parametrize(("proxies", "turned_away"), [(0, True), (1, False)])
async def test_a_forged_address_opens_no_door_unless_a_proxy_of_ours_says_it(
    world: World, proxies: int, *, turned_away: bool
) -> None:
    weak = {"input": a_registration(password="short")}
    async with set_otherwise(world, client=an_address(), limit_factor=0.1, proxies=proxies) as http:
        answers = [await ask(http, REGISTER, weak, x_forwarded_for=an_address()[0]) for _ in range(2)]
    assert [bool(each.errors) for each in answers] == [False, turned_away]
