"""Each proof is good for what it was made for, whole, for its company and its person: anywhere else it is a guess.

What a place says to a genuine proof of another kind, and to one that is damaged, is what it says to a guess, to the
byte; nothing that is stored changes by it.
"""

import asyncio
import base64
import hmac
import json
from typing import Any, Final

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from auth.row_tokens import hash_of
from db.encryption import MasterKey
from resolvers.context import Asking
from schema.answering import Asked
from schema.live.answers import answers
from schema.live.rooms import Rooms
from tests.attacks.wallet import (
    ACCESS,
    BEARER,
    CHALLENGE,
    CODE,
    ENDING,
    KEY,
    PLACES,
    PORTAL,
    REFRESH,
    REFRESHING,
    RESET,
    SOCKET,
    STATE,
    STREAM,
    TAKES,
    UPLOAD,
    VERIFY,
    VIEWER,
    Wallet,
    a_wallet,
    damaged,
)
from tests.identity.builders import everything
from tests.keys.builders import COMPANY
from tests.sso.builders import Installation
from tests.world import CompanyWorld

GUESS: Final = "x" * 80
LETS_IN: Final = {
    BEARER: "@",
    "REST": '"name"',
    "asking for streams": "a token",
    "streams": "@",
    SOCKET: "@",
    ENDING: "'refusals': []",
    "resetPassword": "'refusals': []",
    "verifyEmail": "'refusals': []",
    "/sso/callback": "#sso=",
    "/files/upload": "NOT_ACCEPTED",
}
"""What an answer has in it of a place that was satisfied; elsewhere it is an access token."""

CLOSED: Final = frozenset({4401, 4403})
"""With which codes a socket is closed whose beginning is refused: never to be tried again, or only after a sign-in."""


@pytest.fixture
async def wallet(here: Installation, company: CompanyWorld, socket: str) -> Wallet:
    return await a_wallet(here, company, socket)


def satisfied(place: str, answer: tuple[int, str]) -> bool:
    """Tell whether a place took what it was given."""
    return LETS_IN.get(place, "'accessToken': '") in answer[1]


def turned_away(place: str, answer: tuple[int, str]) -> bool:
    """Tell whether a place let somebody in for nothing, and did not fail over what it was given."""
    if place == SOCKET:
        return answer[0] in CLOSED
    return answer[0] < 500 and (place == ENDING or not satisfied(place, answer))


async def test_every_kind_at_every_other_place_is_a_guess(wallet: Wallet) -> None:
    before = await everything(wallet.company)
    for place in PLACES:
        for kind, text in wallet.proofs.items():
            if kind not in TAKES[place]:
                genuine, wrong = await wallet.present(place, text), await wallet.present(place, damaged(text))
                assert genuine == wrong, (kind, place)
                assert turned_away(place, genuine), (kind, place)
    assert await everything(wallet.company) == before


DAMAGES: Final = {
    "nothing": lambda text: text[:0],
    "half": lambda text: text[: len(text) // 2],
    "without its end": lambda text: text[:-1],
    "without its beginning": lambda text: text[1:],
    "with more behind": lambda text: f"{text}A",
    "twice": lambda text: text + text,
    "in other letters": lambda text: text.swapcase(),
    "padded": lambda text: f"{text}=",
    **{f"another character at {place}": lambda text, place=place: damaged(text, place) for place in (9, 30, -20, -2)},
}


@pytest.mark.parametrize("place", PLACES)
async def test_what_is_damaged_is_a_guess(wallet: Wallet, place: str) -> None:
    before = await everything(wallet.company)
    for kind in TAKES[place]:
        text = wallet.proofs[kind]
        begins = text[:4] if text[:2] == "wg" else ""
        guess = await wallet.present(place, begins + GUESS)
        for damage, damaging in DAMAGES.items():
            answer = await wallet.present(place, damaging(text))
            assert place == ENDING or not satisfied(place, answer), (kind, damage)
            same_kind = damaging(text).startswith(begins) and damage != "nothing"
            assert answer == guess or not same_kind, (kind, damage)
    assert await everything(wallet.company) == before


@pytest.mark.parametrize("place", [each for each in PLACES if each != "/sso/callback"])
async def test_each_place_takes_its_own(wallet: Wallet, place: str) -> None:
    """Without this, what the other tests show would be nothing."""
    for kind in TAKES[place]:
        answer = await wallet.present(place, wallet.proofs[kind])
        may_little = kind == KEY or (kind, place) == (PORTAL, "REST")
        assert satisfied(place, answer) or (may_little and answer[0] not in {401, *CLOSED}), (kind, answer)


async def test_over_a_socket_that_was_turned_away_no_operation_runs(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = list[str]()

    def noting(rooms: Rooms, asking: Asking, asked: Asked, **named: Any) -> Any:
        ran.append(asked.query)
        return answers(rooms, asking, asked, **named)

    monkeypatch.setattr("schema.live.connection.answers", noting)
    for kind, text in wallet.proofs.items():
        for tried in (damaged(text), *([text] if kind not in TAKES[SOCKET] else [])):
            code, reason = await wallet.present(SOCKET, tried)
            assert (code, reason.split(":")[0]) == (4403, "UNAUTHENTICATED"), kind
    assert ran == []
    await wallet.present(SOCKET, wallet.proofs[ACCESS])
    assert sorted(ran) == sorted([COMPANY, VIEWER])


async def test_a_browser_that_comes_back_is_let_in_once(wallet: Wallet) -> None:
    first, again = [await wallet.present("/sso/callback", wallet.proofs[STATE]) for _ in range(2)]
    assert (satisfied("/sso/callback", first), satisfied("/sso/callback", again)) == (True, False)


async def test_at_another_companys_address_they_are_nothing(wallet: Wallet, other_company: CompanyWorld) -> None:
    before, slug = await everything(wallet.company), other_company.tenant.slug
    wallet.door.slug = slug
    wallet.http.headers["x-workgraph-tenant"] = slug
    for place in PLACES:
        if place in {"/files/upload", "/sso/callback", "completeSso", "streams"}:
            continue
        for kind in TAKES[place]:
            answer = await wallet.present(place, wallet.proofs[kind])
            assert place == ENDING or not satisfied(place, answer), (kind, answer)
    assert await everything(wallet.company) == before


async def test_of_who_was_shut_out_nothing_is_good_any_more(wallet: Wallet) -> None:
    company = wallet.company
    await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
    for place in PLACES:
        for kind in TAKES[place] - {PORTAL, UPLOAD, STATE}:
            answer = await wallet.present(place, wallet.proofs[kind])
            assert turned_away(place, answer), (kind, answer)
    assert await company.rows("select id from pool.users where tenant_id = :tenant and is_active") == []


def part(content: object) -> str:
    """Write a part of a token."""
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def said(text: str) -> Any:
    """Read a part of a token."""
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def signed(header: object, payload: str, secret: bytes) -> str:
    """Sign with HS256 and whatever secret."""
    content = f"{part(header)}.{payload}"
    mac = hmac.digest(secret, content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def forgeries(token: str, key_id: str, tenant: str) -> dict[str, str]:
    """Tokens that nobody with the key has made, of what a good one says."""
    header, payload, signature = token.split(".")
    claims = said(payload)
    more = {**claims, "tv": claims["tv"] + 1, "exp": claims["exp"] + 86_400}
    ours = {"alg": "HS256", "kid": key_id, "typ": "at+jwt"}
    found: dict[str, str] = {}
    for name, algorithm in (("none", "none"), ("None", "None"), ("NONE", "NONE"), ("empty", "")):
        for end, mark in (("", "no signature"), (signature, "an old signature")):
            found[f"algorithm {name}, {mark}"] = f"{part({**ours, 'alg': algorithm})}.{payload}.{end}"
    for name, secret in {
        "the key's id": key_id,
        "the company": tenant,
        "zeros": "\0" * 32,
        "a word": "workgraph",
    }.items():
        found[f"signed with {name}"] = signed(ours, payload, secret.encode())
    mine = RSAKey.generate_key(2048)
    given = mine.as_dict(private=False)
    for name, header_of in {
        "RS256": {},
        "its key along": {"jwk": given},
        "its address along": {"jku": "https://x"},
    }.items():
        found[name] = jws.serialize_compact(
            {**ours, "alg": "RS256", **header_of}, json.dumps(claims).encode(), mine, ["RS256"]
        )
    found["a public key as the secret"] = signed(ours, payload, mine.as_pem(private=False))
    for kid in ("../../dev/null", "' or 1=1 --", "", "\0", key_id.upper(), f"{key_id}\n"):
        found[f"key id {kid!r}"] = f"{part({**ours, 'kid': kid})}.{payload}.{signature}"
    twice = {
        "algorithm": f'{{"alg":"HS256","alg":"none","kid":"{key_id}","typ":"at+jwt"}}',
        "key id": f'{{"alg":"HS256","kid":"x","kid":"{key_id}","typ":"at+jwt"}}',
    }
    found |= {f"{name} twice": f"{part(text)}.{payload}.{signature}" for name, text in twice.items()}
    doubled = json.dumps(claims)[:-1] + f',"sub":"{claims["tid"]}"}}'
    found["a subject twice"] = f"{header}.{part(doubled)}.{signature}"
    found["more claimed"] = f"{header}.{part(more)}.{signature}"
    found["not before tomorrow"] = f"{header}.{part({**claims, 'nbf': claims['exp'] + 86_400})}.{signature}"
    found["another audience"] = f"{header}.{part({**claims, 'aud': 'another'})}.{signature}"
    found["its parts in another order"] = f"{payload}.{header}.{signature}"
    found["JSON in place of parts"] = json.dumps({"protected": header, "payload": payload, "signature": signature})
    return found


@pytest.mark.parametrize("place", [BEARER, SOCKET])
async def test_a_token_is_not_forged(wallet: Wallet, place: str) -> None:
    token, master = wallet.proofs[ACCESS], wallet.company.world.wiring.master_key
    assert isinstance(master, MasterKey)
    guess = await wallet.present(place, "x.y.z")
    for name, forged in forgeries(token, master.key_id, str(wallet.company.tenant.id)).items():
        assert await wallet.present(place, forged) == guess, name
    assert satisfied(place, await wallet.present(place, token))


async def test_however_many_use_a_stolen_refresh_token_one_wins_and_all_are_told(wallet: Wallet) -> None:
    """The session ends once, for the one who won as well: with its access token, and with what would continue it."""
    company, text = wallet.company, wallet.proofs[REFRESH]
    answers = await asyncio.gather(*(wallet.door.refresh(text) for _ in range(12)))
    won = [each["session"] for each in answers if each["session"]]
    assert len(won) == 1
    assert {each["refusals"][0]["code"] for each in answers if not each["session"]} == {"INVALID_REFRESH_TOKEN"}
    assert not await wallet.door.is_let_in(won[0])
    assert (await wallet.door.refresh(won[0]["refreshToken"]))["refusals"][0]["code"] == "INVALID_REFRESH_TOKEN"
    ended = await company.rows(
        "select count(*) from pool.audit_logs where tenant_id = :tenant and entity_type = 'UserSession'"
        " and new_values ->> 'ended_at' is not null and entity_id = (select family from pool.refresh_tokens"
        " where token_hash = :hash)",
        hash=hash_of(text),
    )
    revoked = await company.rows(
        "select count(revoked_at), count(*) filter (where used_at is null) from pool.refresh_tokens"
        " where tenant_id = :tenant and family = (select family from pool.refresh_tokens where token_hash = :hash)",
        hash=hash_of(text),
    )
    assert (ended, revoked) == ([(1,)], [(1, 1)])


async def test_of_many_who_choose_a_password_with_one_link_one_wins(wallet: Wallet) -> None:
    link, email = wallet.proofs[RESET], wallet.user.asking.principal.name
    given = [f"password number {each}" for each in range(8)]
    chosen = await asyncio.gather(
        *(wallet.door.do("resetPassword", {"token": link, "password": each}) for each in given)
    )
    won = [password for password, each in zip(given, chosen, strict=True) if not each["refusals"]]
    assert len(won) == 1
    assert {each["refusals"][0]["code"] for each in chosen if each["refusals"]} == {"INVALID_LINK"}
    signed_in = [password for password in given if (await wallet.door.sign_in(email, password))["session"]]
    assert signed_in == won


async def test_every_kind_is_tried(wallet: Wallet) -> None:
    kinds = {ACCESS, REFRESH, KEY, PORTAL, RESET, VERIFY, CHALLENGE, CODE, STATE, STREAM, UPLOAD}
    assert kinds == wallet.proofs.keys() == frozenset[str]().union(*TAKES.values())
    assert REFRESHING in PLACES
