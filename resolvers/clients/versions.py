"""Clients and their versions: what may be entered, and how a version comes into use and goes out of it."""

from typing import Any, Final

from db.models.clients import ApiClient, ClientVersion, ClientVersionStatus
from resolvers.clients.events import VersionActivated, VersionRetired
from resolvers.context import Context
from resolvers.operation import operation
from resolvers.plain import Also
from resolvers.refusals import InvalidInput
from resolvers.state import StateMachine

MANAGE: Final = "clients.manage"
VERSION: Final = StateMachine(ClientVersion)
ACTIVATE: Final = VERSION.move(
    ClientVersionStatus.DRAFT,
    ClientVersionStatus.RETIRED,
    to=ClientVersionStatus.ACTIVE,
    event=VersionActivated,
)
RETIRE: Final = VERSION.move(ClientVersionStatus.ACTIVE, to=ClientVersionStatus.RETIRED, event=VersionRetired)


async def check_client(_context: Context, client: ApiClient, **_given: Any) -> None:
    """Refuse a client that may run registered documents only, and register whatever it likes."""
    if client.locked and client.registers_automatically:
        raise InvalidInput(
            "A client that is locked registers nothing by itself: choose one of the two.",
            path=("registers_automatically",),
        )


ALSO_WHEN_WRITTEN: Final = Also(before=check_client, refuses=(InvalidInput,))


@operation(MANAGE, move=ACTIVATE)
async def activate_client_version(_context: Context, client_version: ClientVersion) -> ClientVersion:
    """Let the documents of a version be found and run."""
    return client_version


@operation(MANAGE, move=RETIRE)
async def retire_client_version(_context: Context, client_version: ClientVersion) -> ClientVersion:
    """Let the documents of a version be found no more; those that another active version has too are found there."""
    return client_version
