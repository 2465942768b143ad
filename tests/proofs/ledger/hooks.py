"""Who is told over webhooks, and takes only part of what comes: its receiver fails at random, in every way there is.

It answers 500, asks for a second, says nothing until the sender has lost its patience, closes before its answer or in
the middle of it, and is not there at all for a moment now and then. What it has answered with 204 it has taken.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import httpx
import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from schema.derive import ids
from tests.proofs.ledger.places import Server
from tests.proofs.ledger.trial import Company, Event
from tests.proofs.ledger.writing import do
from tests.webhooks.receivers import Receiver, answer, receiving

DOMAIN: Final = "onboarding."
CREATED: Final = "webhook.endpoint.created"
PATIENCE: Final = 30.0
THERE: Final = (3.0, 9.0)
AWAY: Final = 1.0
LONGER_THAN_ANYBODY_WAITS: Final = 60.0
TAKEN: Final = answer("204 No Content")
WAYS: Final = {
    "taken": 0.70,
    "answered with 500": 0.10,
    "asked to wait": 0.05,
    "closed before the answer": 0.07,
    "closed in the middle": 0.06,
    "never answered": 0.02,
}
ANSWERS: Final[Mapping[str, bytes]] = {
    "taken": TAKEN,
    "answered with 500": answer("500 Internal Server Error", body=b"Oops"),
    "asked to wait": answer("503 Service Unavailable", "retry-after: 1"),
    "closed in the middle": b"HTTP/1.1 20",
}


@dataclass
class Hook:
    """Over webhooks; each attempt of a message has to be the same, whoever makes it."""

    company: Company
    servers: Sequence[Server]
    taken: Counter[str] = field(default_factory=Counter[str])
    """How often each message was taken: once, or again where whoever sent it has not got the answer."""

    ways: Counter[str] = field(default_factory=Counter[str])
    _bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _wrong: list[str] = field(default_factory=list[str])
    _secret: str = ""
    _endpoint: UUID | None = None
    _receiver: Receiver = field(default_factory=Receiver)
    _is_ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return f"Hook of {self.company.slug}"

    @property
    def counts(self) -> Mapping[str, int]:
        again = self.taken.total() - len(self.taken)
        return {"webhooks": len(self.taken), "taken again": again, **self.ways}

    async def ready(self) -> None:
        """Wait until there is an endpoint."""
        async with asyncio.timeout(PATIENCE):
            await self._is_ready.wait()

    async def listen(self) -> None:
        """Receive, but for a moment now and then; whatever is under way is torn off then."""
        while True:
            try:
                async with receiving(self._answer, port=self._receiver.port) as self._receiver:
                    await self._begin()
                    await asyncio.sleep(random.uniform(*THERE))
            except OSError:
                self._wrong.append("the port of the receiver is gone: not the product's fault")
            await asyncio.sleep(AWAY)

    async def _begin(self) -> None:
        """Make the endpoint, once it can be reached."""
        if self._endpoint:
            return
        given = {"url": self._receiver.url, "events": [f"{DOMAIN}*"]}
        shown, signed = "revealed { secret webhookEndpoint { id } }", f"Bearer {self.company.token}"
        async with httpx.AsyncClient(base_url=self.servers[0].url, timeout=PATIENCE) as http:
            made = (await do(http, "createWebhookEndpoint", given, shown, authorization=signed))["revealed"]
        self._secret = made["secret"]
        self._endpoint = ids.row_of(made["webhookEndpoint"]["id"], "WebhookEndpoint")
        self._is_ready.set()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if not self._receiver.requests:
            raise ConnectionResetError  # it came to the receiver before this one, which is gone
        headers, body = self._receiver.requests.pop()
        message = self._look(headers, body)
        [way] = random.choices(list(WAYS), list(WAYS.values()))
        self.ways[way] += 1
        if way == "never answered":
            await asyncio.sleep(LONGER_THAN_ANYBODY_WAITS)
        writer.write(ANSWERS.get(way, b""))
        await writer.drain()
        if way == "taken":
            self.taken[message] += 1
        if way.startswith("closed"):
            writer.transport.abort()
            raise ConnectionResetError

    def _look(self, headers: Mapping[str, str], body: bytes) -> str:
        """Verify what came, and hold it against what came before."""
        try:
            Webhook(self._secret).verify(body, dict(headers))
        except WebhookVerificationError as error:
            self._wrong.append(f"a signature does not verify: {error}")
        message = headers["webhook-id"]
        if self._bodies.setdefault(message, body) != body:
            self._wrong.append(f"the attempts of {message} differ")
        return message

    def is_behind(self, committed: Sequence[Event]) -> bool:
        """Tell whether an event was not taken yet."""
        return not self._expected(committed) <= self.taken.keys()

    def _expected(self, committed: Sequence[Event]) -> set[str]:
        """Name what was placed in the log after the endpoint, of what it has asked for."""
        [since] = [each.position for each in committed if (each.type, each.subject) == (CREATED, self._endpoint)]
        return {each.id for each in committed if each.position > since and each.type.startswith(DOMAIN)}

    def check(self, committed: Sequence[Event]) -> Generator[str]:
        """Compare what came with what was committed: everything was taken, each under the id of its event."""
        known = {each.id: each for each in committed}
        yield from self._wrong
        if missing := self._expected(committed) - self.taken.keys():
            yield f"{len(missing)} webhooks were never taken"
        if unknown := self._bodies.keys() - known.keys():
            yield f"{len(unknown)} webhooks tell of events that there are not"
        for message, body in self._bodies.items():
            if message in known and not _tells(body, known[message]):
                yield f"the webhook {message} tells of another event"


def _tells(body: bytes, event: Event) -> bool:
    """Tell whether a webhook says what its event is."""
    told = orjson.loads(body)
    return (told["type"], ids.row_of(told["data"]["id"], "Flow")) == (event.type, event.subject)
