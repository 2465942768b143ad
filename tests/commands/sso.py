"""Connections of single sign-on on the ground: one in each state that some mutation needs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from db.models.sso import SsoCode, SsoGroupRole, SsoIdentity, SsoProvider, SsoStatus
from resolvers.context import Context
from schema.derive import ids

NAMED: Final = {"sso.provider.paused", "sso.provider.resumed"}
"""The events that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class SignOn:
    """A connection through which somebody has signed in and a group gives a role, and one that is paused."""

    active: SsoProvider
    paused: SsoProvider
    mapped: SsoGroupRole
    identity: SsoIdentity

    @property
    def chosen(self) -> dict[tuple[str, str], str]:
        """The public id that a mutation of them is given."""
        return {("resumeSsoProvider", "id"): ids.encode("SsoProvider", self.paused.id)}


async def add_sign_on(context: Context, user_id: UUID, role_id: UUID) -> SignOn:
    """Put them into a company."""
    active, paused = _connection(SsoStatus.ACTIVE), _connection(SsoStatus.PAUSED)
    context.add(active, paused)
    await context.flush()
    mapped = SsoGroupRole(id=uuid7(), provider_id=active.id, group_name="people", role_id=role_id)
    of_user = {"provider_id": active.id, "user_id": user_id}
    tomorrow = context.now + timedelta(days=1)
    identity = SsoIdentity(id=uuid7(), subject="one", last_used_at=context.now, **of_user)
    context.add(
        mapped,
        identity,
        SsoCode(code_hash=b"x" * 32, browser_hash=b"x" * 32, expires_at=tomorrow, **of_user),
    )
    await context.flush()
    return SignOn(active, paused, mapped, identity)


def _connection(status: SsoStatus) -> SsoProvider:
    facts: dict[str, Any] = {
        "issuer": "https://accounts.example",
        "client_identifier": "workgraph",
        "scopes": ["openid"],
    }
    return SsoProvider(
        id=uuid7(),
        name=status.value,
        client_secret=b"x" * 32,
        just_in_time=True,
        enforced=True,
        status=status,
        **facts,
    )
