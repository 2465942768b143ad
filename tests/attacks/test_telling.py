"""Nobody learns who is known: not by what an answer says, to the byte, and not by what is done before it is given.

What is done is counted, not timed: how often a password is hashed, and how many statements are sent. A clock that only
goes on by what is counted shows that the answer waits for the same moment, whatever was done.
"""

import re
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from uuid_utils.compat import uuid7

from app import Wiring
from db.reads import LISTENERS, Sent
from resolvers import ids
from resolvers.identity import means
from tests.identity.builders import Caller, caller, owner
from tests.sso.builders import Installation
from tests.world import PASSWORD, CompanyWorld

LOGIN: Final = """mutation($input: LoginInput!) { login(input: $input) {
  session { accessToken } challenge { token } refusals { code message path }
} }"""
FORGOTTEN: Final = """mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
  clientMutationId refusals { code message path }
} }"""
VARYING: Final = frozenset({"date", "x-request-id"})
SLOW: Final = next(each.default for each in fields(Wiring) if each.name == "slow_refusals")
"""Seconds that a refusal takes at least."""

WRONG: Final = "not the password"
HASH: Final = 0.06
"""Seconds that a hash counts for here; more than one takes."""

STATEMENT: Final = 0.005
"""Seconds that a statement counts for; more than any of these takes."""


@dataclass
class Counted:
    """What was done for one request, and when it was answered, by a clock that goes on by what is done alone."""

    hashes: int = 0
    statements: int = 0
    waited: float = 0.0

    def __call__(self) -> float:
        return self.hashes * HASH + self.statements * STATEMENT + self.waited


@dataclass
class Counting:
    """Counts request by request, and is the clock."""

    now: Counted = field(default_factory=Counted)

    def __call__(self) -> float:
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Wait, on this clock."""
        self.now.waited += seconds

    def begin(self) -> Counted:
        """Begin anew."""
        self.now = Counted()
        return self.now


@pytest.fixture
def counting(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Count what the application does for a request, and have the floor of refusals go by that clock."""
    found, verify, database = Counting(), PasswordHasher.verify, company.world.parts.database
    engine = database.engine(company.tenant.placement).sync_engine

    def verified(hasher: PasswordHasher, *given: Any) -> Any:
        found.now.hashes += 1
        return verify(hasher, *given)

    def note(*_given: Any) -> None:
        found.now.statements += 1

    def note_plain(_sent: Sent) -> None:
        found.now.statements += 1

    monkeypatch.setattr(PasswordHasher, "verify", verified)
    monkeypatch.setattr(means, "time", SimpleNamespace(monotonic=found))
    monkeypatch.setattr(means, "asyncio", SimpleNamespace(sleep=found.sleep))
    identity = company.world.parts.identity
    for part in (identity.sessions, identity.resets):
        monkeypatch.setattr(part, "_means", replace(part._means, slow=SLOW))
    event.listen(engine, "before_cursor_execute", note)
    LISTENERS.append(note_plain)
    with ExitStack() as ending:
        ending.callback(event.remove, engine, "before_cursor_execute", note)
        ending.callback(LISTENERS.remove, note_plain)
        yield found


def told(response: httpx.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Return all that an answer says, without what is new in every answer."""
    headers = tuple((name, value) for name, value in response.headers.items() if name not in VARYING)
    return response.status_code, response.content, headers


async def change(company: CompanyWorld, to: str) -> None:
    """Change the owner's row past the application."""
    await company.rows(f"update pool.users set {to} where tenant_id = :tenant and email like 'owner%' returning id")


LOCKED: Final = "locked_until = now() + interval '1 hour', is_active = true, failed_logins = 0"
PEOPLE: Final = {
    "known": "is_active = true",
    "with a second factor": "mfa_enabled = true",
    "about to be locked": "mfa_enabled = false, failed_logins = 9, locked_until = null",
    "locked": LOCKED,
    "shut out": "locked_until = null, is_active = false",
    "invited": "is_active = true, password_hash = null",
}


async def test_signing_in_with_what_is_wrong(company: CompanyWorld, counting: Counting) -> None:
    """Known or not, locked or not: one answer to the byte, one hash, and one moment of the answer."""
    door, answers, hashes, moments, statements = caller(company), set[Any](), set[int](), set[float](), set[int]()
    asked = [(email, "") for email in (f"nobody@{company.tenant.slug}.example", "", "\0", "x" * 10_000)]
    for email, to in [*asked, *((owner(company), to) for to in PEOPLE.values())]:
        if to:
            await change(company, to)
        done = counting.begin()
        answers.add(told((await door.ask(LOGIN, {"input": {"email": email, "password": WRONG}})).response))
        hashes.add(done.hashes)
        statements.add(done.statements)
        moments.add(round(done(), 9))
    assert len(answers) == 1
    assert hashes == {1}
    assert moments == {SLOW}
    assert len(statements) > 1, "what is done differs, so that the moment is worth looking at"


async def test_of_who_is_barred_a_right_password_tells_nothing(company: CompanyWorld, counting: Counting) -> None:
    door, answers, moments = caller(company), set[Any](), set[float]()
    for to in (LOCKED, "locked_until = null, is_active = false"):
        await change(company, to)
        done = counting.begin()
        answers.add(told((await door.ask(LOGIN, {"input": {"email": owner(company), "password": PASSWORD}})).response))
        assert done.hashes == 1
        moments.add(round(done(), 9))
    nobody = {"email": f"nobody@{company.tenant.slug}.example", "password": PASSWORD}
    done = counting.begin()
    answers.add(told((await door.ask(LOGIN, {"input": nobody})).response))
    assert (len(answers), moments | {round(done(), 9)}) == (1, {SLOW})


async def test_asking_for_another_password(company: CompanyWorld, counting: Counting) -> None:
    door, answers, moments, statements = caller(company), set[Any](), set[float](), set[int]()
    asked = [(email, "") for email in (f"nobody@{company.tenant.slug}.example", "", "\0", "x" * 10_000)]
    for email, to in [*asked, *((owner(company), to) for to in PEOPLE.values())]:
        if to:
            await change(company, to)
        done = counting.begin()
        answers.add(told((await door.ask(FORGOTTEN, {"input": {"email": email}})).response))
        assert done.hashes == 0
        statements.add(done.statements)
        moments.add(round(done(), 9))
    assert (len(answers), moments) == (1, {SLOW})
    assert len(statements) > 1


@pytest.mark.parametrize("place", ["resetPassword", "verifyEmail", "refreshToken", "completeLogin", "completeSso"])
async def test_a_guess_costs_no_statement_and_no_hash(company: CompanyWorld, counting: Counting, place: str) -> None:
    """Whatever is guessed: of a company that is there, of one that is not, and of no form at all."""
    given: dict[str, dict[str, str]] = {
        "resetPassword": {"name": "token", "begins": "wgp_", "password": "another long password"},
        "verifyEmail": {"name": "token", "begins": "wgv_"},
        "completeLogin": {"name": "challenge", "begins": "wgc_", "code": "123456"},
    }
    beside = given.get(place, {"name": {"refreshToken": "refreshToken"}.get(place, "code"), "begins": ""})
    name, begins = beside.pop("name"), beside.pop("begins")
    answers = set[str]()
    for text in ("", "x", begins, begins + "A" * 75, begins + "A" * 96, "A" * 80):
        done = counting.begin()
        payload = await Caller(company.world.http, company.tenant.slug).do(place, {name: text, **beside})
        answers.add(str(payload))
        assert (done.hashes, done.statements) == (0, 0), text
    assert len(answers) == 1


async def test_a_way_to_sign_in_that_is_not_there_is_one_page(
    here: Installation, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    """Paused, of another company, or never there: the page differs in the number of the incident alone."""
    paused, foreign = await here.connection(company), await here.connection(other_company)
    await here.pause(company, paused)
    pages = set[str]()
    for connection in (paused, foreign, ids.encode("SsoProvider", uuid7())):
        page = await here.browser(company).start(connection)
        assert page.status_code == 403
        assert "set-cookie" not in page.headers
        pages.add(re.sub(r"[0-9a-f]{32}", "…", page.text))
    assert len(pages) == 1
