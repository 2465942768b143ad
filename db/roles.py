"""The database roles of one installation: what they are called, how they sign in, and that none of them is powerful.

Requests run as `app`, the control plane as `control`, the outbox is drained by `relay`, the audit chain is written by
`sequencer`, webhooks are sent by `dispatcher`, and `worker` takes jobs. None is a superuser, bypasses row-level
security, or can become another role. Their passwords are derived from the master key and sent to the server only as
SCRAM-SHA-256 verifiers (RFC 5802), so that no log of statements holds one.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.encryption import MasterKey
from db.identifiers import literal, quoted
from db.passwords import BETWEEN

SALT_BYTES: Final = 16
ITERATIONS: Final = 4096
TRIES: Final = 20
CONCURRENT: Final = frozenset({"XX000", "23505", "42710", "40001", "40P01"})


class DatabaseRole(StrEnum):
    """What a connection is for; its role's name has the installation's prefix before it."""

    APP = "app"
    CONTROL = "control"
    RELAY = "relay"
    SEQUENCER = "sequencer"
    DISPATCHER = "dispatcher"
    WORKER = "worker"


LEFT: Final = {"client_connection_check_interval": "2s"}
"""How soon a statement ends whose client is gone without having said so."""

# An empty search path, since requests name the schema of their tenant in every statement.
LIMITS: Final[Mapping[DatabaseRole, Mapping[str, str]]] = {
    DatabaseRole.APP: {
        "search_path": "",
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
    DatabaseRole.CONTROL: {
        "search_path": "",
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
    DatabaseRole.RELAY: {
        "search_path": "",
        "statement_timeout": "60s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
    DatabaseRole.SEQUENCER: {
        "search_path": "",
        "statement_timeout": "60s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
    DatabaseRole.DISPATCHER: {
        "search_path": "",
        "statement_timeout": "60s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
    DatabaseRole.WORKER: {
        "statement_timeout": "60s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        **LEFT,
    },
}


class RolesRefused(Exception):
    """A role cannot be made, or one that is there may do too much; the text says what to do."""


def role_name(prefix: str, role: str) -> str:
    """The name of a role in the server: two installations on one server differ in the prefix."""
    return f"{prefix}_{role}"


def role_password(master_key: MasterKey, role: str) -> str:
    """The password of a role, the same in every process that has the master key."""
    return base64.urlsafe_b64encode(master_key.derive(f"role:{role}")).rstrip(b"=").decode("ascii")


def role_url(owner_url: str, role: str, password: str) -> str:
    """The owner's address with another user, named in full."""
    return make_url(owner_url).set(username=role, password=password).render_as_string(hide_password=False)


def url_as(owner_url: str, role: DatabaseRole, *, prefix: str, master_key: MasterKey) -> str:
    """The address for one of our roles; with several passwords, while the master key is changed (`db.passwords`)."""
    passwords = [role_password(each, role) for each in master_key.accepted]
    return role_url(owner_url, role_name(prefix, role), BETWEEN.join(passwords))


async def ensure_roles(connection: AsyncConnection, prefix: str, master_key: MasterKey) -> None:
    """Make the roles and set their passwords and limits; doing so again changes nothing. Commits.

    Roles belong to the whole server, and no lock of one database covers them: when two installations alter one at the
    same moment, the server refuses one of them, who tries again.
    """
    for attempt in range(TRIES):
        try:
            async with connection.begin():
                return await _ensure_all(connection, prefix, master_key)
        except DBAPIError as error:
            if _sqlstate(error) not in CONCURRENT or attempt == TRIES - 1:
                raise _refused(error, prefix) from error
        await asyncio.sleep(0.02 * (attempt + 1))
    return None


async def _ensure_all(connection: AsyncConnection, prefix: str, master_key: MasterKey) -> None:
    known = await _known(connection, prefix)
    for role in DatabaseRole:
        name = role_name(prefix, role)
        if name not in known:
            await connection.exec_driver_sql(f"create role {quoted(name)} login nosuperuser nobypassrls noinherit")
        elif known[name]:
            raise RolesRefused(
                f"The database role {name} is a superuser, bypasses row-level security, may make roles or databases, "
                "or is a member of another role. Take that from it, or set WORKGRAPH_ROLE_PREFIX to another prefix."
            )
        await _alter(connection, role, name, role_password(master_key, role))
    await _let_in(connection, prefix)


async def _known(connection: AsyncConnection, prefix: str) -> dict[str, bool]:
    """Our roles that exist, and whether each is too powerful."""
    powerful = (
        "rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
        " or exists (select from pg_auth_members where member = pg_roles.oid)"
    )
    statement = text(f"select rolname, {powerful} as powerful from pg_roles where rolname = any(:names)")
    found = await connection.execute(statement, {"names": [role_name(prefix, role) for role in DatabaseRole]})
    return {str(row.rolname): bool(row.powerful) for row in found}


async def _alter(connection: AsyncConnection, role: DatabaseRole, name: str, password: str) -> None:
    verifier = scram_verifier(password, salt=hashlib.sha256(f"{name}:{password}".encode()).digest()[:SALT_BYTES])
    await connection.exec_driver_sql(f"alter role {quoted(name)} login password {literal(verifier)}")
    for setting, value in LIMITS[role].items():
        await connection.exec_driver_sql(f"alter role {quoted(name)} set {setting} = {literal(value)}")


async def _let_in(connection: AsyncConnection, prefix: str) -> None:
    """Nobody but our roles connects, and none of them makes temporary tables, which could shadow real ones."""
    database = quoted(str(await connection.scalar(text("select current_database()"))))
    members = ", ".join(quoted(role_name(prefix, role)) for role in DatabaseRole)
    await connection.exec_driver_sql(f"revoke all on database {database} from public")
    await connection.exec_driver_sql(f"grant connect on database {database} to {members}")


def scram_verifier(password: str, *, salt: bytes) -> str:
    """What the server keeps of a password; it can check one with it, and cannot recover it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _sqlstate(error: DBAPIError) -> Any:
    return getattr(error.orig, "sqlstate", None)


def _refused(error: DBAPIError, prefix: str) -> Exception:
    if _sqlstate(error) != "42501":
        return error
    return RolesRefused(
        f"The user of DATABASE_URL may not make the roles {prefix}_app, {prefix}_control and so on: {error.orig}. Give "
        "it CREATEROLE, or set WORKGRAPH_ROLE_PREFIX if these roles belong to another installation."
    )
