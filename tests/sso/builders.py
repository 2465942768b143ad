"""Browsers, and connections to the provider of a test."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.applications import Starlette

from app import connected, make_app
from tests.sso.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.world import Answer, CompanyWorld, Person, World

DOMAIN = "people.example"
SESSION = (
    "session { accessToken expiresAt refreshToken refreshExpiresAt } challenge { token } refusals { code message path }"
)
VIEWER = "{ viewer { email firstName lastName roles } }"


@dataclass
class Browser:
    """A browser at the address of a company: it keeps its cookies, and follows nothing by itself."""

    http: httpx.AsyncClient

    async def start(self, connection: str, **asked: str) -> httpx.Response:
        """Press the button."""
        return await self.http.get("/sso/start", params={"provider": connection, **asked})

    async def leave(self, connection: str, **asked: str) -> str:
        """Press the button, let the provider consent, and return the address that it leads back to."""
        away = await self.start(connection, **asked)
        assert away.status_code == 303, away.text
        async with httpx.AsyncClient() as outside:
            back = await outside.get(away.headers["location"])
        assert back.status_code == 302, back.text
        return back.headers["location"]

    async def land(self, connection: str, **asked: str) -> str:
        """Go to the provider and back, and return the address of the page that the sign-in leads to."""
        answer = await self.http.get(await self.leave(connection, **asked))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def refused(self, connection: str) -> str:
        """Go to the provider and back, to be refused; return what the page says."""
        answer = await self.http.get(await self.leave(connection))
        assert answer.status_code == 403, (answer.status_code, answer.text)
        return said(answer)

    async def complete(self, code: str) -> dict[str, Any]:
        """Give a code back, as the page does."""
        query = f"mutation($input: CompleteSsoInput!) {{ completeSso(input: $input) {{ {SESSION} }} }}"
        answer = await self.http.post("/graphql", json={"query": query, "variables": {"input": {"code": code}}})
        return answer.json()["data"]["completeSso"]

    async def sign_in(self, connection: str) -> str:
        """Go all the way, and return the access token."""
        payload = await self.complete(code_in(await self.land(connection)))
        assert payload["refusals"] == [], payload
        return payload["session"]["accessToken"]

    async def ask(self, token: str, query: str = VIEWER) -> Any:
        """Ask as who is signed in."""
        headers = {"authorization": f"Bearer {token}"}
        return Answer(
            answer := await self.http.post("/graphql", json={"query": query}, headers=headers), answer.json()
        ).data

    async def roles(self, connection: str) -> list[str]:
        """Sign in, and return the names of one's roles."""
        return (await self.ask(await self.sign_in(connection)))["viewer"]["roles"]


@dataclass
class Installation:
    """The application, which may ask providers on this machine, and one provider."""

    app: Starlette
    provider: Provider

    def at(self, host: str) -> Browser:
        """Open a browser at an address."""
        transport = httpx.ASGITransport(app=self.app)
        return Browser(httpx.AsyncClient(transport=transport, base_url=f"http://{host}"))

    def browser(self, company: CompanyWorld) -> Browser:
        """Open a browser at the address of a company."""
        return self.at(f"{company.tenant.slug}.testserver")

    def through(self, person: Person) -> Person:
        """The same person, who asks this application."""
        return replace(person, http=self.at("testserver").http)

    async def connection(self, company: CompanyWorld, **otherwise: Any) -> str:
        """Connect a company with the provider, and return the connection's id."""
        payload = await self.connecting(company, **otherwise)
        assert payload["refusals"] == [], payload
        return payload["ssoProvider"]["id"]

    async def connecting(self, company: CompanyWorld, **otherwise: Any) -> dict[str, Any]:
        """Try to connect a company with the provider."""
        given = {
            "name": "Ours",
            "issuer": self.provider.issuer,
            "clientIdentifier": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "groupsClaim": "groups",
            "domains": [DOMAIN],
            "justInTime": True,
        }
        person = self.through(await company.person())
        return await person.do("createSsoProvider", given | otherwise, "ssoProvider { id }")

    async def pause(self, company: CompanyWorld, connection: str) -> None:
        """Let nobody sign in through a connection."""
        person = self.through(await company.person())
        assert (await person.do("pauseSsoProvider", {"id": connection}))["refusals"] == []

    async def map(self, company: CompanyWorld, connection: str, group: str, role: str) -> None:
        """Let a group give a role."""
        person = self.through(await company.person())
        named = f'{{ roles(where: {{ name: {{ eq: "{role}" }} }}) {{ nodes {{ id }} }} }}'
        [found] = (await person.ask(named)).data["roles"]["nodes"]
        given = {"providerId": connection, "groupName": group, "roleId": found["id"]}
        payload = await person.do("addSsoGroupRole", given)
        assert payload["refusals"] == [], payload


@asynccontextmanager
async def installed(world: World, provider: Provider, **changes: Any) -> AsyncGenerator[Installation]:
    """The application over the same servers, which may ask providers on this machine."""
    wiring = replace(world.wiring, allows_loopback_webhooks=True, **changes)
    async with connected(wiring) as parts:
        yield Installation(make_app(wiring, parts), provider)


def a_person(**otherwise: Any) -> dict[str, Any]:
    """Somebody as a provider tells of them."""
    return {
        "sub": "248289761001",
        "email": f"ada@{DOMAIN}",
        "email_verified": True,
        "given_name": "Ada",
        "family_name": "Lovelace",
        **otherwise,
    }


def code_in(address: str) -> str:
    """Return the code behind `#`."""
    return dict(parse_qsl(urlsplit(address).fragment))["sso"]


def state_in(address: str) -> str:
    """Return the state that an address takes along."""
    return dict(parse_qsl(urlsplit(address).query))["state"]


def said(answer: httpx.Response) -> str:
    """Return the sentence of a page that says what went wrong."""
    return answer.text.partition("<p>")[2].partition("</p>")[0].replace("&#x27;", "'")
