"""Assembles the schema: the domains' derived fields and the hand-written ones, under Query and Mutation."""

import gc
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

import strawberry
from graphql import GraphQLObjectType, print_schema
from strawberry.schema.config import StrawberryConfig

from schema.approvals import approvals
from schema.audit import audit
from schema.calendars import calendars
from schema.company import CompanyQuery, company
from schema.derive.access import access_fields
from schema.derive.converter import Derived, JoinedSchema
from schema.derive.declare import Domain
from schema.derive.event_types import catalogue_fields
from schema.derive.following import following_fields
from schema.derive.history import history_fields
from schema.derive.mutations import mutation_fields
from schema.derive.queries import query_fields
from schema.derive.readings import reading_fields, subscription_fields
from schema.derive.registry import Registry
from schema.documents.domain import clients
from schema.execute.command import CommandExecutor
from schema.execute.limits import Bounded
from schema.files import files
from schema.hires import hires
from schema.hr import hr
from schema.identity import IdentityMutation, IdentityQuery, identity
from schema.imports import ImportQuery, imports
from schema.keys import keys
from schema.leave import leave
from schema.log import log
from schema.onboarding import onboarding
from schema.performance import performance
from schema.platform import PlatformMutation, PlatformQuery
from schema.portal import portal
from schema.support import support
from schema.webhooks import webhooks

DOMAINS: Final[Sequence[Domain]] = (
    audit,
    company,
    files,
    identity,
    log,
    onboarding,
    hires,
    hr,
    leave,
    calendars,
    performance,
    portal,
    webhooks,
    clients,
    keys,
    approvals,
    support,
    imports,
)


@strawberry.type(description="What can be read.")
class Query(CompanyQuery, IdentityQuery, PlatformQuery, ImportQuery):
    """The root of every read."""


@strawberry.type(description="What can be done; each field in a transaction of its own, one after the other.")
class Mutation(IdentityMutation, PlatformMutation):
    """The root of every write."""


@strawberry.type(description="What can be watched; each message holds the state as it is.")
class Subscription:
    """The root of every subscription."""


def make_schema(domains: Sequence[Domain] = DOMAINS) -> JoinedSchema:
    """Build the schema of some domains."""
    with _garbage_left():
        registry = Registry(domains)
        added = {
            "Query": query_fields(registry)
            | reading_fields(registry)
            | history_fields(registry)
            | access_fields(registry)
            | catalogue_fields(registry),
            "Mutation": mutation_fields(registry),
            "Subscription": subscription_fields(registry) | following_fields(registry),
        }
        made = [name for name, kind in registry.types.items() if isinstance(kind, GraphQLObjectType)]
        return JoinedSchema(
            registry,
            added,
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            types=[Derived(name) for name in made],
            config=StrawberryConfig(),
            execution_context_class=CommandExecutor,
            extensions=[Bounded],
        )


@contextmanager
def _garbage_left() -> Generator[None]:
    """Build without the garbage collector: what is made here stays, and looking through it takes time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.freeze()


def printed(schema: JoinedSchema) -> str:
    """Return the schema as it is committed in schema.graphql."""
    return print_schema(schema.core) + "\n"
