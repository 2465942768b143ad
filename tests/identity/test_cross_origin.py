"""Pages of other origins: none may use the API, but those that a setting names; and never with credentials."""

import httpx
import pytest

from settings import SettingsRefused, load_settings
from tests.identity.builders import set_otherwise
from tests.world import World

APP, OTHER = "https://app.example.com", "https://evil.example.com"
ASK = {"query": "{ __typename }"}
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


def told(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def preflight(http: httpx.AsyncClient, path: str, origin: str) -> httpx.Response:
    return await http.options(path, headers={"origin": origin, **PREFLIGHT})


async def test_by_default_no_other_origin_is_told_anything(world: World) -> None:
    for path in ("/graphql", "/files/upload/x"):
        assert told(await preflight(world.http, path, APP)) == {}
    assert told(await world.http.post("/graphql", json=ASK, headers={"origin": APP})) == {}


@pytest.mark.parametrize("path", ["/graphql", "/files/upload/x", "/files/x"])
async def test_a_named_origin_may_ask_and_no_other(world: World, path: str) -> None:
    async with set_otherwise(world, origins=(APP,)) as http:
        allowed, refused = await preflight(http, path, APP), await preflight(http, path, OTHER)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == APP
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert {"POST", "PUT"} <= set(allowed.headers["access-control-allow-methods"].split(", "))
    assert "origin" in allowed.headers["vary"].lower()
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert not [each for each in (allowed, refused) if "access-control-allow-credentials" in each.headers]


async def test_an_answer_is_for_the_named_origin(world: World) -> None:
    async with set_otherwise(world, origins=(APP,)) as http:
        mine = await http.post("/graphql", json=ASK, headers={"origin": APP})
        theirs = await http.post("/graphql", json=ASK, headers={"origin": OTHER})
        elsewhere = await http.get("/healthz", headers={"origin": APP})
    assert mine.json() == {"data": {"__typename": "Query"}}
    exposed = {"access-control-expose-headers": "retry-after, etag, location, workgraph-hidden, x-request-id"}
    assert told(mine) == {"access-control-allow-origin": APP, **exposed}
    assert "access-control-allow-origin" not in theirs.headers
    assert told(elsewhere) == {}


async def test_a_star_is_every_origin_and_still_no_credentials(world: World) -> None:
    async with set_otherwise(world, origins=("*",)) as http:
        answers = [
            await preflight(http, "/graphql", OTHER),
            await http.post("/graphql", json=ASK, headers={"origin": OTHER}),
        ]
    assert [each.headers["access-control-allow-origin"] for each in answers] == ["*", "*"]
    assert not [each for each in answers if "access-control-allow-credentials" in each.headers]


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        (" https://App.example.com/ ,http://localhost:3000", ("https://app.example.com", "http://localhost:3000")),
        ("*", ("*",)),
    ],
)
def test_origins_are_read_as_browsers_write_them(text: str, origins: tuple[str, ...]) -> None:
    assert load_settings(cors_origins=text).origins == origins


@pytest.mark.parametrize(
    "text", ["app.example.com", "https://app.example.com/path", "ftp://x.example", "https://a:b@x.example", "null"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(SettingsRefused, match="WORKGRAPH_CORS_ORIGINS"):
        load_settings(cors_origins=text)
