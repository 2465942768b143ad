"""Every way in which a connection or a stream ends, provoked: over the socket, and what is the same over a stream.

Over a socket, a way returns the code of the close frame; over a stream, what came last, in the words of docs/api.md.
"""

from collections.abc import Mapping
from typing import Final

from tests.live.endings import people, saying, slow
from tests.live.endings.scene import CUT, FOLLOW, TOO_MUCH, Scene, StreamWay, Way

__all__ = ["CUT", "ENDINGS", "Scene"]

ASKED: Final = {"query": FOLLOW}
ENDINGS: Final[Mapping[tuple[int, str], tuple[Way, StreamWay]]] = {
    (1000, "the client is done"): (saying.closing(1000), saying.leave),
    (1001, "the client's page is left"): (saying.closing(1001), saying.leave),
    (1006, "the client did not read for 15 s, so that nothing reaches it"): (slow.never_reads, slow.stream_never_reads),
    (1009, "a message of more than 1 MiB"): (saying.said(TOO_MUCH), saying.with_status(content=TOO_MUCH)),
    (1012, "the server stops"): (people.stopped, people.stream_stopped),
    (1013, "1,000 events wait for the client"): (slow.behind, slow.stream_behind),
    (1013, "signing in is not possible for the moment"): (saying.cannot_sign_in, saying.stream_cannot_sign_in),
    (4400, "a message that is none of the protocol's"): (saying.said("{}"), saying.with_status({"query": 1})),
    (4401, "an operation before `connection_init`"): (saying.too_soon, saying.nobody_reserves),
    (4401, "no company at this address"): (
        saying.begun(tenant="nobody-is-called-so"),
        saying.with_status(
            ASKED, **{"authorization": lambda _: "", "x-workgraph-tenant": lambda _: "nobody-is-called-so"}
        ),
    ),
    (4401, "a token of another company than the address"): (
        saying.begun(lambda scene: scene.stranger.token, tenant=lambda scene: scene.company.tenant.slug),
        saying.with_status(
            ASKED,
            **{
                "authorization": lambda scene: f"Bearer {scene.stranger.token}",
                "x-workgraph-tenant": lambda scene: scene.company.tenant.slug,
            },
        ),
    ),
    (4403, "a token that is none, or has run out"): (
        saying.begun(lambda _: "nonsense"),
        saying.with_status(ASKED, authorization=lambda _: "Bearer nonsense"),
    ),
    (4403, "the token runs out"): (people.ran_out, people.stream_ran_out),
    (4403, "the person is deactivated, or called off"): people.after(people.deactivated),
    (4403, "the person may do other things now"): people.after(people.demoted),
    (4403, "the company is closed"): people.after(people.closed),
    (4406, "another subprotocol is asked for"): (saying.other_subprotocol, saying.nothing_alike),
    (4408, "no `connection_init` within 10 s"): (saying.never_begun, saying.never_opened),
    (4409, "an id that is in use"): (saying.same_id, saying.same_operation),
    (4429, "`connection_init` twice"): (saying.begun_twice, saying.opened_twice),
}
