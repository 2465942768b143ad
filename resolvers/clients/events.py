"""What is told of versions of clients in the words of the business."""

from dataclasses import dataclass
from typing import Annotated

from db.models.clients import ClientVersion, ClientVersionStatus
from resolvers.named import named


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMoved:
    """What every move of a version tells."""

    from_: Annotated[ClientVersionStatus, "Where the version stood."]
    to: Annotated[ClientVersionStatus, "Where it stands now."]


@named("client.version.activated", about=ClientVersion)
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionActivated(VersionMoved):
    """The documents of a version may be run from now on."""


@named("client.version.retired", about=ClientVersion)
@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRetired(VersionMoved):
    """The documents of a version are not run any more."""
