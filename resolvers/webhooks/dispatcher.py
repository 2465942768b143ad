"""The dispatcher: takes deliveries that are due, sends them side by side, and writes down what came of them.

Several may run, and share. Each has at most twenty of one endpoint under way, so that a slow one keeps nobody else
waiting. A dispatcher that is killed gives back what it had in hand a minute later: an event is delivered at least once,
each time under the same id and with the same bytes. One that is told to stop gives back at once what it cannot finish.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from db.dispatching import Dispatching, Due, Written
from db.encryption import CannotDecrypt
from db.models.webhooks import WebhookSecret
from db.session import Database
from db.tracing import Facts, Kind, span
from gateways.logs import Named, about
from gateways.webhooks import DELAYS, Outcome, Sender
from resolvers.context import bound_to
from resolvers.tenants import Tenants
from resolvers.webhooks.outcomes import AWAY, Outcomes
from resolvers.webhooks.selecting import Selecting
from resolvers.webhooks.writing import Body, Writing, written_of
from subscriptions.ending import end
from subscriptions.persevering import persevere

LOG: Final = structlog.get_logger("workgraph.webhooks")
MOST: Final = 500
PER_ENDPOINT: Final = 20
IN_HAND: Final = 5000
AT_ONCE: Final = 500
IN_HAND_PER_ENDPOINT: Final = 100
"""More are in hand than are under way, so that a receiver who is quick is not waited for while outcomes are written."""

LONGEST: Final = 25.0
"""Seconds that an attempt may take, and more: one that would outlast its claim is not begun, but claimed again."""

IDLE: Final = 0.5
"""Seconds after which it looks again, when nothing was due."""

KNOWN_FOR: Final = 2.0
GRACE: Final = 2.0
NO_KEYS: Final = "It was not sent: the secret that signs it cannot be read."


@dataclass(frozen=True, slots=True)
class Hand:
    """What was claimed together: until when an attempt may begin, and the endpoints' secrets, each opened once."""

    schema: str
    until: float
    secrets: Mapping[UUID, Sequence[str]] = field(repr=False)


class Dispatcher:
    """Delivers the events of one database to webhooks."""

    def __init__(
        self,
        dispatching: Dispatching,
        database: Database,
        tenants: Tenants,
        sender: Sender,
        selecting: Selecting,
        *,
        clock: Callable[[], datetime],
        delays: Sequence[float] = DELAYS,
    ) -> None:
        """`delays`: how many seconds each attempt waits after the one before it."""
        self._dispatching, self._tenants, self._sender = dispatching, tenants, sender
        self._clock = clock
        self._sending = dict[asyncio.Task[None], tuple[str, Due]]()
        self._line, self._lines = asyncio.Semaphore(MOST), WeakValueDictionary[UUID, asyncio.Semaphore]()
        self._busy: Sequence[str] = ()
        self._wake = asyncio.Event()
        self._outcomes = Outcomes(dispatching, database, tenants, clock=clock, delays=delays, written=self._wake.set)
        self._writing = Writing(dispatching, selecting, self._outcomes.reader_gone, clock=clock)
        self._known: tuple[float, Sequence[str]] = (0.0, ())

    @property
    def in_hand(self) -> int:
        """How many deliveries it sends, or is about to."""
        return len(self._sending)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish what ends within two seconds, and give back the rest."""
        working = asyncio.create_task(persevere(self._work, away=AWAY, name="dispatcher"))
        recording = asyncio.create_task(self._outcomes.run())
        try:
            await stop.wait()
        finally:
            await end([working])
            await self._settle()
            self._outcomes.end()
            await recording

    async def _settle(self) -> None:
        """Wait a moment for what is under way, and give back the rest."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=GRACE)
        left = dict(self._sending)
        await end(left)
        await self._writing.end()
        by_schema = defaultdict[str, list[Due]](list)
        for schema, due in left.values():
            by_schema[schema].append(due)
        for schema, claimed in by_schema.items():
            # Where this fails, the claims run out by themselves.
            with suppress(*AWAY):
                await self._dispatching.release(schema, claimed)

    async def _work(self) -> None:
        """Take what is due until something goes wrong."""
        while True:
            self._wake.clear()
            if not await self._take_all():
                await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE):
                await self._wake.wait()

    async def _take_all(self) -> int:
        """Take what is due, as far as there is room, and begin to send it; return how much it was."""
        due = self._busy or await self._dispatching.due(await self._schemas())
        taken = {schema: await self._take(schema) for schema in due}
        # Where there was something there may be more, but somebody else has to be looked after now and then.
        self._busy = () if self._busy else [schema for schema, count in taken.items() if count]
        return sum(taken.values())

    async def _schemas(self) -> Sequence[str]:
        since, schemas = self._known
        if since + KNOWN_FOR < time.monotonic():
            schemas = await self._dispatching.schemas()
            self._known = time.monotonic(), schemas
        return schemas

    async def _take(self, schema: str) -> int:
        room = min(IN_HAND - len(self._sending), AT_ONCE)
        if room <= 0:
            return 0
        until = time.monotonic() + self._dispatching.patience - LONGEST
        claimed = await self._dispatching.claim(schema, room, IN_HAND_PER_ENDPOINT, written_of)
        # Where the catalog is away now, the claims run out by themselves.
        hand = Hand(schema, until, {due.endpoint_id: await self._secrets(due) for due in _one_of_each(claimed)})
        known = [(due, written.body) for due, written in claimed if written.body is not None]
        later = self._writing.begin(schema, [due for due, written in claimed if written.comes_later])
        for due, body in (*known, *later):
            self._begin(hand, due, body)
        return len(claimed)

    def _begin(self, hand: Hand, due: Due, body: Body) -> None:
        task = asyncio.create_task(self._attempt(hand, due, body))
        self._sending[task] = hand.schema, due
        task.add_done_callback(self._sending.pop)

    async def _attempt(self, hand: Hand, due: Due, body: Body) -> None:
        text = body if isinstance(body, str) else (await asyncio.shield(body)).get(due.id)
        if text is None:
            return
        line = self._lines.setdefault(due.endpoint_id, asyncio.Semaphore(PER_ENDPOINT))
        async with line, self._line:
            if time.monotonic() < hand.until:
                await self._attempt_now(hand, due, text)

    async def _attempt_now(self, hand: Hand, due: Due, body: str) -> None:
        started = self._clock()
        with about(_named(due)), span("webhook", Kind.ASKS, facts=_facts(due)) as attempt:
            try:
                outcome = await self._send(hand, due, body, started)
            except Exception:
                LOG.exception("a webhook could not be sent")
                outcome = Outcome(None, "It could not be sent.", 0, None, None)
            attempt.note({"http.response.status_code": outcome.http_status or 0}, failed=outcome.error is not None)
        self._outcomes.add(hand.schema, due, outcome, started)

    async def _send(self, hand: Hand, due: Due, body: str, at: datetime) -> Outcome:
        if not (secrets := hand.secrets[due.endpoint_id]):
            return Outcome(None, NO_KEYS, 0, None, None)
        return await self._sender.send(due.url, message_id=due.message_id, body=body.encode(), secrets=secrets, at=at)

    async def _secrets(self, due: Due) -> Sequence[str]:
        """Open what signs for an endpoint; nothing, where that cannot be read."""
        if (found := await self._tenants.find(id=due.tenant_id)) is None:
            return []
        sealed = [(WebhookSecret(id=UUID(each["id"])), bytes.fromhex(each["sealed"])) for each in due.secrets]
        with suppress(CannotDecrypt):
            return [found.keyring.open(each, aad=bound_to(row, "secret")) for row, each in sealed]
        return []


def _one_of_each(claimed: Sequence[tuple[Due, Written]]) -> Iterable[Due]:
    """Return one delivery of each endpoint: they all have its secrets."""
    return {due.endpoint_id: due for due, _ in claimed}.values()


def _named(due: Due) -> Named:
    """Name a delivery in lines of the log."""
    return Named(tenant_id=str(due.tenant_id), endpoint=str(due.endpoint_id), message=due.message_id)


def _facts(due: Due) -> Facts:
    """Say of an attempt what whoever traces may know: not where it goes, nor what it says."""
    return {
        "workgraph.tenant_id": str(due.tenant_id),
        "workgraph.webhook.endpoint": str(due.endpoint_id),
        "workgraph.webhook.attempt": due.attempt_count + 1,
        "messaging.message.id": due.message_id,
        "workgraph.event": due.event_type,
    }
