"""Everything that a person or a program of one company can hold as a proof, and every place that takes one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
from websockets.exceptions import ConnectionClosed

from tests.documents.builders import a_client, named, published
from tests.files.depot import TICKET
from tests.files.samples import PNG
from tests.identity.builders import Caller, Clock, caller, last_link, owner
from tests.identity.hires import an_invited_hire
from tests.identity.second_factors import Guarded, guarded
from tests.identity.test_proving_addresses import link_of
from tests.keys.builders import COMPANY, a_key
from tests.live.client import Client, connected
from tests.sso.builders import Browser, Installation, code_in
from tests.world import CompanyWorld, Person

ACCESS, REFRESH, KEY, PORTAL = "access token", "refresh token", "API key", "portal link"
RESET, VERIFY, CHALLENGE = "reset link", "verification link", "challenge"
CODE, STATE, STREAM, UPLOAD = "sign-in code", "state of a sign-in", "stream token", "upload address"
VIEWER: Final = "{ viewer { email } }"
PICTURE: Final = b"\x89PNG\r\n\x1a\n"
OTHER: Final = "another long password"
OK: Final = 200
NORMAL, ABNORMAL = 1000, 1006
Answer = tuple[int, str]
"""What a place says: the status and the text of the answer, without what is new in each; a socket, the code of its end
and its messages or the reason."""


@dataclass
class Wallet:
    """Proofs of one company, each good and not used, and what belongs to them."""

    company: CompanyWorld
    http: httpx.AsyncClient
    door: Caller
    user: Person
    ada: Guarded
    landed: Browser
    away: Browser
    back: Mapping[str, str]
    files: str
    profile: str
    socket: str
    proofs: Mapping[str, str]

    async def present(self, place: str, text: str) -> Answer:
        """Present a text at a place."""
        return await PLACES[place](self, text)


async def a_wallet(here: Installation, company: CompanyWorld, socket: str = "") -> Wallet:
    """Get hold of one proof of each kind. `socket` is where the application listens, if it does."""
    http = here.at("testserver").http
    door, admin = caller(company, http), here.through(await company.person("ADMIN"))
    email = admin.asking.principal.name
    session = await door.session(email)
    await door.do("requestPasswordReset", {"email": email})
    await door.do("requestEmailVerification", {}, token=session["accessToken"])
    client = await a_client(admin, "acme", kind="PARTNER")
    await published(admin, client, [COMPANY])
    key = await a_key(admin, "company.read", client=client)
    connection = await here.connection(company)
    landed, away = here.browser(company), here.browser(company)
    code = code_in(await landed.land(connection))
    back = dict(parse_qsl(urlsplit(await away.leave(connection)).query))
    announced = {"purpose": "COMPANY_LOGO", "filename": "logo.png", "mime": PNG, "size": len(PICTURE)}
    ticket = (await admin.do("createUpload", announced, TICKET))["ticket"]
    files, _, upload = ticket["url"].rpartition("/")
    profile = (await admin.ask("{ company { id } }")).data["company"]["id"]
    signed = {"authorization": f"Bearer {session['accessToken']}"}
    stream = (await http.post("/graphql/stream/token", headers=signed)).json()["token"]
    ada = await guarded(door, Clock(), owner(company))
    proofs = {
        ACCESS: session["accessToken"],
        REFRESH: session["refreshToken"],
        KEY: key.text,
        PORTAL: (await an_invited_hire(company)).token,
        RESET: await last_link(company),
        VERIFY: await link_of(company),
        CHALLENGE: await ada.challenge(),
        CODE: code,
        STATE: back["state"],
        STREAM: stream,
        UPLOAD: upload,
    }
    return Wallet(company, http, door, admin, ada, landed, away, back, files, profile, socket, proofs)


async def _as_bearer(wallet: Wallet, text: str) -> Answer:
    """At the API: a document that a person brings, and one that a program has registered."""
    headers = {"authorization": f"Bearer {text}"}
    brought = await wallet.http.post("/graphql", json={"query": VIEWER}, headers=headers)
    registered = await wallet.http.post("/graphql", json={"documentId": named(COMPANY)}, headers=headers)
    return max(brought.status_code, registered.status_code), brought.text + registered.text


async def _as_bearer_of_rest(wallet: Wallet, text: str) -> Answer:
    answer = await wallet.http.get(f"/rest/companies/{wallet.profile}", headers={"authorization": f"Bearer {text}"})
    return answer.status_code, answer.text


async def _as_bearer_of_a_stream(wallet: Wallet, text: str) -> Answer:
    """Where a token for streams is got."""
    answer = await wallet.http.post("/graphql/stream/token", headers={"authorization": f"Bearer {text}"})
    return answer.status_code, "a token" if answer.is_success else answer.text


async def _as_stream(wallet: Wallet, text: str) -> Answer:
    params, headers = {"query": VIEWER, "streamToken": text}, {"accept": "text/event-stream"}
    answer = await wallet.http.get("/graphql", params=params, headers=headers)
    return answer.status_code, answer.text


async def _as_beginning(wallet: Wallet, text: str) -> Answer:
    """In the first message of a socket, with the documents of the API right behind it."""
    slug = wallet.http.headers.get("x-workgraph-tenant")
    payload = {"authorization": f"Bearer {text}"} | ({"tenant": slug} if slug else {})
    async with connected(wallet.socket) as client:
        await client.send(type="connection_init", payload=payload)
        return await _told(client, {"brought": {"query": VIEWER}, "registered": {"documentId": named(COMPANY)}})


async def _told(client: Client, asked: Mapping[str, Mapping[str, Any]]) -> Answer:
    """Ask, and return all that comes until everything is answered or the server closes."""
    told, waiting = dict[str, Any](), set(asked)
    try:
        for name, payload in asked.items():
            await client.send(type="subscribe", id=name, payload=payload)
        while waiting:
            message = await client.receive()
            told[f"{message.get('id', '')} {message['type']}"] = message.get("payload")
            waiting -= {message["id"]} if message["type"] in {"complete", "error"} else set()
    except ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (ABNORMAL, "")
        return code, str(sorted(told.items())) if told else reason
    return NORMAL, str(sorted(told.items()))


def _given(mutation: str, name: str, fields: str = "", **beside: str) -> Callable[[Wallet, str], Awaitable[Answer]]:
    """Give it to a mutation that needs no sign-in."""

    async def present(wallet: Wallet, text: str) -> Answer:
        payload = await wallet.door.do(mutation, {name: text, **beside}, fields)
        return OK, str(payload)

    return present


async def _as_challenge(wallet: Wallet, text: str) -> Answer:
    """Together with the right code."""
    payload = await wallet.door.do("completeLogin", {"challenge": text, "code": wallet.ada.app.code()}, SESSION_OF)
    return OK, str(payload)


async def _as_code(wallet: Wallet, text: str) -> Answer:
    """In the browser that has come back."""
    return OK, str(await wallet.landed.complete(text))


async def _as_state(wallet: Wallet, text: str) -> Answer:
    """In the browser that has left, with what the provider has sent it back with."""
    answer = await wallet.away.http.get("/sso/callback", params={**wallet.back, "state": text})
    return answer.status_code, answer.headers.get("location", "") or answer.text.partition("<p>")[2].partition("</p>")[
        0
    ]


async def _as_upload(wallet: Wallet, text: str) -> Answer:
    answer = await wallet.http.put(f"{wallet.files}/{text}", content=PICTURE, headers={"content-type": PNG})
    return answer.status_code, answer.text


SESSION_OF: Final = "session { accessToken } refusals { code message path }"
BEARER, REST, OPENING, STREAMS = "the API", "REST", "asking for streams", "streams"
SOCKET: Final = "connection_init"
REFRESHING, ENDING, CHOOSING, PROVING = "refreshToken", "logout", "resetPassword", "verifyEmail"
SECOND, COMPLETING, RETURNING, UPLOADING = "completeLogin", "completeSso", "/sso/callback", "/files/upload"

PLACES: Final[Mapping[str, Callable[[Wallet, str], Awaitable[Answer]]]] = {
    BEARER: _as_bearer,
    REST: _as_bearer_of_rest,
    OPENING: _as_bearer_of_a_stream,
    STREAMS: _as_stream,
    SOCKET: _as_beginning,
    REFRESHING: _given("refreshToken", "refreshToken", SESSION_OF),
    ENDING: _given("logout", "refreshToken"),
    CHOOSING: _given("resetPassword", "token", password=OTHER),
    PROVING: _given("verifyEmail", "token"),
    SECOND: _as_challenge,
    COMPLETING: _as_code,
    RETURNING: _as_state,
    UPLOADING: _as_upload,
}

TAKES: Final[Mapping[str, frozenset[str]]] = {
    BEARER: frozenset({ACCESS, KEY, PORTAL}),
    REST: frozenset({ACCESS, KEY, PORTAL}),
    OPENING: frozenset({ACCESS, KEY, PORTAL}),
    STREAMS: frozenset({STREAM}),
    SOCKET: frozenset({ACCESS, KEY, PORTAL}),
    REFRESHING: frozenset({REFRESH}),
    ENDING: frozenset({REFRESH}),
    CHOOSING: frozenset({RESET}),
    PROVING: frozenset({VERIFY}),
    SECOND: frozenset({CHALLENGE}),
    COMPLETING: frozenset({CODE}),
    RETURNING: frozenset({STATE}),
    UPLOADING: frozenset({UPLOAD}),
}
"""Which kinds each place takes; it has to refuse all others."""


def damaged(text: str, place: int = -20) -> str:
    """Return a text in which one character is another, of the same alphabet."""
    place %= len(text)
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
