"""People with a second factor: enrolled through the API, with an authenticator that keeps the test's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auth.totp import code_at, step_at
from tests.identity.builders import SESSION, Caller, Clock
from tests.world import PASSWORD

LOGIN = f"challenge {{ token expiresAt }} {SESSION}"
CONFIRM = f"recoveryCodes {SESSION}"


@dataclass
class Authenticator:
    """What makes the codes of a person; each code is made once, as a person who waits for the next one does."""

    clock: Clock
    secret: str
    recovery: Sequence[str] = ()
    last: int = 0

    def code(self) -> str:
        """The next code that was not used: at most one step ahead of the time, which moves where it must."""
        self.last = max(self.last + 1, step_at(self.clock()))
        while self.last > step_at(self.clock()):
            self.clock.moment = self.clock.moment.fromtimestamp(self.last * 30, self.clock.moment.tzinfo)
        return code_at(self.secret, self.last)


@dataclass
class Guarded:
    """Somebody who has a second factor, and their session."""

    door: Caller
    email: str
    app: Authenticator
    session: dict[str, Any]

    async def challenge(self, password: str = PASSWORD) -> str:
        """Give the password, and return the challenge."""
        return (await self.first(password))["challenge"]["token"]

    async def first(self, password: str = PASSWORD) -> dict[str, Any]:
        """Give the password, and return the payload."""
        return await self.door.do("login", {"email": self.email, "password": password}, LOGIN)

    async def second(self, challenge: str, code: str) -> dict[str, Any]:
        """Give a challenge and a code, and return the payload."""
        return await self.door.do("completeLogin", {"challenge": challenge, "code": code}, SESSION)

    async def sign_in(self) -> dict[str, Any]:
        """Sign in with both."""
        return (await self.second(await self.challenge(), self.app.code()))["session"]

    async def do(self, mutation: str, given: dict[str, Any], fields: str = "") -> Any:
        """Run a mutation as this person."""
        return await self.door.do(mutation, given, fields, self.session["accessToken"])


async def guarded(door: Caller, clock: Clock, email: str) -> Guarded:
    """Sign somebody in, and turn their second factor on."""
    session = await door.session(email)
    token = session["accessToken"]
    begun = await door.do("beginSecondFactor", {"password": PASSWORD}, "enrolment { secret uri }", token)
    app = Authenticator(clock, begun["enrolment"]["secret"])
    confirmed = await door.do("confirmSecondFactor", {"code": app.code()}, CONFIRM, token)
    assert confirmed["refusals"] == []
    app.recovery = confirmed["recoveryCodes"]
    return Guarded(door, email, app, confirmed["session"])


def codes(payload: dict[str, Any]) -> list[str]:
    """The codes of the refusals of a payload."""
    return [each["code"] for each in payload["refusals"]]
