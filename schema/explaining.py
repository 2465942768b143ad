"""Explains a document without asking any database: how it is read for somebody who may read everything."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from graphql import GraphQLError, OperationType

from auth.permissions import CATALOGUE
from auth.principal import Principal
from db.catalog import PRIMARY, Isolation, Plan, Tenant, TenantStatus
from db.tenancy import POOL, Placement
from resolvers.context import Asking
from schema.answering import Asked, Unacceptable, asked_of, kind_of
from schema.derive.converter import JoinedSchema
from schema.execute.planned.explaining import Explained, explained
from schema.execute.planned.keeping import Plans
from schema.execute.request import Reading, Request

NOBODY = UUID(int=0)
UNREAD: Any = None
"""Stands for what a run would read with; explaining reads nothing."""


class CannotExplain(Exception):
    """The document, or what was given with it, is wrong; the message says how."""


def explanation(schema: JoinedSchema, query: str, variables: Mapping[str, Any], name: str | None) -> list[Explained]:
    """Tell how one operation of a document is read, or raise CannotExplain for the first thing that is wrong."""
    try:
        return _explained(schema, asked_of({"query": query, "variables": dict(variables), "operationName": name}))
    except (GraphQLError, Unacceptable) as error:
        raise CannotExplain(error.message) from error


def _explained(schema: JoinedSchema, asked: Asked) -> list[Explained]:
    if kind_of(asked) is OperationType.SUBSCRIPTION:
        raise GraphQLError("A subscription is not planned: explain a query with the same selection.")
    planned = Plans(schema).planned(NOBODY, asked.query, asked.document, asked.operation_name, asked.variables or {})
    if isinstance(planned, list):
        raise planned[0]
    plan, coerced = planned
    return explained(plan, _request(schema, asked), coerced)


def _request(schema: JoinedSchema, asked: Asked) -> Request:
    asking = _asking(frozenset(domain.module for domain in schema.registry.domains))
    return Request(
        document=asked.document,
        database=UNREAD,
        sealer=UNREAD,
        asking=asking,
        reading=Reading(asking, UNREAD),
        registry=schema.registry,
        identity=UNREAD,
        registration=UNREAD,
        sso=UNREAD,
    )


def _asking(modules: frozenset[str]) -> Asking:
    placement = Placement(NOBODY, POOL, PRIMARY)
    tenant = Tenant(NOBODY, "any", "Any", Plan.ENTERPRISE, TenantStatus.ACTIVE, Isolation.LOGICAL, placement, modules)
    principal = Principal("system", tenant_id=NOBODY, permissions=frozenset(CATALOGUE))
    return Asking(principal, tenant, UNREAD, datetime.now(UTC), "explain")
