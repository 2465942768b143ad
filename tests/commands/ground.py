"""The ground on which every mutation of the schema is tried: what is there, what it is given, what it leaves behind.

The list of mutations is read from the schema, and their inputs are made from their declarations, so that a new mutation
is held to the contract without a line being written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, get_args, get_origin

from graphql import GraphQLInputObjectType, GraphQLNonNull
from sqlalchemy import ARRAY, Column, Enum, select
from uuid_utils.compat import uuid7

from app import now
from auth.principal import Principal
from db.base import Appended, Base, TenantOwned
from db.choices import Choice
from db.columns import Format, policy_of, reference_of
from db.models import Company, ContentBlock, Department, Flow, Role, Stage, Team, User
from db.models.approvals import ApprovalPolicy, ApprovalPolicyStep, ApprovalRequest, Delegation
from db.models.calendars import CalendarFeed
from db.models.clients import ApiClient, ClientVersion
from db.models.imports import Import
from db.models.keys import ApiKey
from db.models.onboarding import FlowStatus, NewHire, Progress, StageTemplate
from db.models.sign_in import UserSession
from db.models.sso import SsoGroupRole, SsoIdentity, SsoProvider
from db.models.support import ImpersonationSession, SupportAccess
from db.models.webhooks import WebhookEndpoint
from resolvers.context import Asking, Context
from resolvers.operation import Operation, Parameter
from resolvers.plain import Deleted
from schema.derive import ids
from schema.derive.fields import CommandField, declaration_of
from schema.derive.names import camel, lower_first
from schema.root import make_schema
from tests.commands.approvals import Approvals, add_approvals
from tests.commands.clients import Clients, add_clients
from tests.commands.colleagues import CHOSEN, LEFT_OUT, Colleagues, add_colleagues
from tests.commands.feeds import add_feed
from tests.commands.imports import Tables, add_tables
from tests.commands.leaves import Leaves, add_leaves
from tests.commands.logos import Logos, add_logos
from tests.commands.newcomers import Newcomers, add_newcomers
from tests.commands.okrs import LEFT_OUT as LEFT_OUT_OF_OKRS
from tests.commands.okrs import Okrs, add_okrs
from tests.commands.sso import SignOn, add_sign_on
from tests.commands.staff import Staff, add_staff
from tests.commands.support import Support, add_support
from tests.commands.webhooks import Webhooks, add_webhooks
from tests.rewinding import Rewinding
from tests.world import CompanyWorld, Person, World

SCHEMA: Final = make_schema()._schema  # pyright: ignore[reportPrivateUsage] - strawberry has no public name for it
OF_FORMAT: Final = {
    Format.EMAIL: "ada@example.com",
    Format.URL: "https://example.com/",
    Format.TIME_ZONE: "Europe/Berlin",
    Format.COUNTRY: "DE",
    Format.CURRENCY: "CHF",
    Format.COLOR: "#1A2B3C",
}


@dataclass(frozen=True)
class Command:
    """One mutation of the schema, with its operation."""

    name: str
    operation: Operation

    @property
    def input_type(self) -> GraphQLInputObjectType:
        """Its input, as the schema has it."""
        assert SCHEMA.mutation_type is not None
        kind = SCHEMA.mutation_type.fields[self.name].args["input"].type
        assert isinstance(kind, GraphQLNonNull)
        return kind.of_type

    @property
    def description(self) -> str:
        """What the schema says of it."""
        assert SCHEMA.mutation_type is not None
        return SCHEMA.mutation_type.fields[self.name].description or ""

    @property
    def result(self) -> str:
        """The payload's field for what it returns."""
        return "deletedId" if self.operation.returns is Deleted else lower_first(self.operation.returns.__name__)

    @property
    def selection(self) -> str:
        """What a test asks of the result, and of its refusals."""
        chosen = self.result if self.operation.returns is Deleted else f"{self.result} {{ id version }}"
        return f"{chosen} refusals {{ ... on VersionConflict {{ currentVersion }} }}"

    @property
    def changes(self) -> bool:
        """Whether it changes fields of its subject as they are given."""
        return self.operation.name.startswith("update_") and self.operation.subject is not None


def _commands() -> Sequence[Command]:
    assert SCHEMA.mutation_type is not None
    declared = {name: declaration_of(each) for name, each in SCHEMA.mutation_type.fields.items()}
    return [Command(name, each.operation) for name, each in declared.items() if isinstance(each, CommandField)]


def _answers_with_what_it_wrote(command: Command) -> bool:
    operation = command.operation
    return not (operation.shows or issubclass(operation.returns, Appended) or operation.name == "replay_webhook")


COMMANDS: Final = [command for command in _commands() if _answers_with_what_it_wrote(command)]
"""Those that answer with the object that they wrote; the others are tried in their own domain."""
BY_NAME: Final = {command.name: command for command in COMMANDS}


@dataclass
class Ground:
    """A company with one flow of three stages of two blocks each, and its owner."""

    company: CompanyWorld
    person: Person
    flow: Flow
    stages: Sequence[Stage]
    blocks: Sequence[ContentBlock]
    profile: Company
    colleagues: Colleagues
    newcomers: Newcomers
    logos: Logos
    webhooks: Webhooks
    clients: Clients
    sign_on: SignOn
    approvals: Approvals
    support: Support
    staff: Staff
    tables: Tables
    leaves: Leaves
    feed: CalendarFeed
    okrs: Okrs
    template: StageTemplate

    def row(self, model: type[TenantOwned]) -> TenantOwned:
        """Return the row of a model that a mutation is tried on."""
        rows: dict[type, TenantOwned] = {
            Company: self.profile,
            Flow: self.flow,
            Stage: self.stages[0],
            ContentBlock: self.blocks[0],
            User: self.colleagues.invited,
            Role: self.colleagues.free,
            Team: self.colleagues.team,
            Department: self.colleagues.department,
            NewHire: self.newcomers.fresh,
            Progress: self.newcomers.done,
            StageTemplate: self.template,
            WebhookEndpoint: self.webhooks.active,
            ApiClient: self.clients.client,
            ClientVersion: self.clients.active,
            ApiKey: self.clients.key,
            UserSession: self.colleagues.session,
            SsoProvider: self.sign_on.active,
            SsoGroupRole: self.sign_on.mapped,
            SsoIdentity: self.sign_on.identity,
            ApprovalPolicy: self.approvals.policy,
            ApprovalPolicyStep: self.approvals.steps[0],
            ApprovalRequest: self.approvals.request,
            Delegation: self.approvals.delegation,
            SupportAccess: self.support.access,
            ImpersonationSession: self.support.session,
            **self.staff.rows,
            Import: self.tables.running,
            **self.leaves.rows,
            CalendarFeed: self.feed,
            **self.okrs.rows,
        }
        return rows[model]

    def id_of(self, model: type[TenantOwned]) -> str:
        """Return the public id of that row."""
        return ids.encode(model.__name__, self.row(model).id)

    def siblings(self, model: type[TenantOwned]) -> list[str]:
        """Return the public ids of the rows that have their places beside that row, in order."""
        rows: Sequence[TenantOwned] = self.stages if model is Stage else self.blocks[:2]
        if model is ApprovalPolicyStep:
            rows = self.approvals.steps
        if model is Role:
            rows = [self.colleagues.free, self.colleagues.held]
        return [ids.encode(model.__name__, row.id) for row in rows]

    def given(self, command: Command) -> dict[str, Any]:
        """Return an input with every argument of a mutation, each of which changes something."""
        left_out = LEFT_OUT | LEFT_OUT_OF_OKRS
        inputs = {name: each for name, each in command.operation.inputs.items() if (command.name, name) not in left_out}
        return {camel(name): self._chosen(command, name, each) for name, each in inputs.items()}

    def _chosen(self, command: Command, name: str, parameter: Parameter) -> Any:
        """Return a value for one argument; some mutations need a row in another state than the others."""
        chosen: dict[tuple[str, str], TenantOwned] = {
            ("activateUser", "id"): self.colleagues.away,
            ("eraseUser", "id"): self.colleagues.away,
            ("takeRole", "role_id"): self.colleagues.held,
            ("removeTeamMember", "user_id"): self.colleagues.member,
            ("resetSecondFactor", "id"): self.colleagues.member,
            ("updateUser", "manager_id"): self.colleagues.member,
            ("updateRole", "id"): self.colleagues.own,
            ("deleteRole", "id"): self.colleagues.own,
            ("updateDepartment", "parent_id"): self.colleagues.other,
            **self.newcomers.chosen,
            **self.staff.subjects,
            **self.leaves.subjects,
            **self.okrs.subjects,
        }
        given = CHOSEN | self.logos.chosen | self.webhooks.chosen | self.clients.chosen | self.sign_on.chosen
        given |= self.approvals.chosen | self.support.chosen | self.staff.chosen | self.tables.chosen
        given |= self.leaves.chosen | self.okrs.chosen
        if (command.name, name) in given:
            return given[command.name, name]
        row = chosen.get((command.name, name))
        return ids.encode(type(row).__name__, row.id) if row else self._value(parameter)

    def _value(self, parameter: Parameter) -> Any:
        kind = parameter.kind
        if isinstance(kind, Column):
            if kind.key == "condition":
                return {"block": self.id_of(ContentBlock), "answered": True}
            reference = reference_of(kind)
            return self.id_of(_model(reference.target)) if reference else sample(kind)
        given = {kind, *get_args(kind)}
        for each in given:
            if isinstance(each, type) and issubclass(each, Choice):
                return next(iter(each)).name
        for of_python, value in {str: "In a few words", **SAMPLES}.items():
            if of_python in given:
                return value
        if get_origin(kind) is list:
            return self.siblings(get_args(kind)[0])[::-1]
        assert parameter.model is not None
        return self.id_of(parameter.model)

    async def run(self, command: Command, given: Mapping[str, Any], person: Person | None = None) -> dict[str, Any]:
        """Run a mutation and return its payload."""
        return await (person or self.person).do(command.name, dict(given), command.selection)

    async def audited(self, operation: str) -> Sequence[Any]:
        """Return the audit entries of an operation, in their order."""
        columns = (
            "action, entity_type, entity_id, entity_version, old_values, new_values, actor_type, actor_id, request_id"
        )
        return await self.company.rows(
            f"select {columns} from pool.audit_logs where tenant_id = :tenant and operation = :operation order by id",
            operation=operation,
        )

    async def told(self, request_id: str) -> Sequence[Any]:
        """Return the events that a request led to, in their order."""
        columns = (
            "type, subject_type, subject_id, subject_version, data, actor_type, actor_id, correlation_id, position"
        )
        return await self.company.rows(
            f"select {columns} from pool.event_outbox"
            " where tenant_id = :tenant and correlation_id = :request order by id",
            request=request_id,
        )

    async def keys(self) -> Sequence[Any]:
        """Return the idempotency keys that are stored."""
        return await self.company.rows(
            "select actor_id, operation, key, result, created_at from pool.idempotency_keys where tenant_id = :tenant"
        )

    async def everything(self) -> dict[str, tuple[int, str | None]]:
        """Return the number of rows of each table of the company, and a digest of what is in them."""
        tables = list(Base.metadata.tables)
        each = " union all ".join(
            f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t.id)) from pool.{table} t"
            " where tenant_id = :tenant"
            for table in tables
        )
        return {row[0]: (row[1], row[2]) for row in await self.company.rows(each)}

    async def records(self) -> dict[str, tuple[int, str | None]]:
        """Return the same without the keys of idempotency, which a refusal may leave."""
        found = await self.everything()
        del found["idempotency_keys"]
        return found


def _model(name: str) -> type[TenantOwned]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__name__ == name)


SAMPLES: Final[dict[type, Any]] = {bool: False, int: 2, date: "2026-08-03", Decimal: "12.5000"}
"""Values of columns and of arguments by their type."""

SHAPED: Final[dict[str, Any]] = {
    "type": "text_input",
    "config": {"max_length": 40},
    "maps_to": "employee.legal_name",
    "visible_if": {"country": ["DE"]},
    "default_content": {"blocks": [{"type": "header", "content": "Hello"}]},
    "default_config": {"due_offset_days": 4},
    "events": ["onboarding.*"],
    "filter": {"flowId": "any"},
    "selection": "{ type subject { id } }",
    "scopes": ["openid", "email"],
    "domains": ["example.com"],
}
"""Values of columns that take only what has one shape."""


def sample(column: Column[Any]) -> Any:
    """Return a value that a column takes and that is not its default."""
    policy = policy_of(column)
    if isinstance(column.type, Enum):
        return list(column.type.enum_class)[-1].name  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType]
    if column.key in SHAPED:
        return SHAPED[column.key]
    if isinstance(column.type, ARRAY):
        return [3, 7]
    if policy.encrypted:
        return "DE 123 456 789"
    if column.type.python_type is not str:
        return SAMPLES[column.type.python_type]
    return OF_FORMAT.get(policy.text_format, "de" if policy.pattern else f"New {column.key}")


def status_before(command: Command) -> FlowStatus:
    """Return the status in which a flow must be for a mutation to succeed."""
    move = command.operation.move
    return FlowStatus(move.sources[0]) if move and move.machine.model is Flow else FlowStatus.DRAFT


async def a_ground(company: CompanyWorld, status: FlowStatus = FlowStatus.DRAFT) -> Ground:
    """Put a flow with three stages of two blocks into a company, and let its owner act."""
    flow = Flow(id=uuid7(), name="Engineers", duration_days=30, status=status)
    stages = [Stage(id=uuid7(), flow_id=flow.id, name=f"Stage {place}", position=place) for place in range(3)]
    blocks = [
        ContentBlock(id=uuid7(), stage_id=stage.id, type="text_input", position=place, estimated_minutes=5)
        for stage in stages
        for place in range(2)
    ]
    system = Asking(Principal("system", tenant_id=company.tenant.id), company.tenant, company.keyring, now(), "ground")
    owner = await company.person("OWNER")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(system, session, "ground")
        for level in ([flow], stages, blocks):
            context.add(*level)
            await context.flush()
        [profile] = await context.all(select(Company))
        colleagues, newcomers = await add_colleagues(context), await add_newcomers(context)
        logos = await add_logos(context, owner.asking.principal)
        webhooks, clients = await add_webhooks(context), await add_clients(context, colleagues.member.id)
        sign_on = await add_sign_on(context, colleagues.member.id, colleagues.held.id)
        approvals = await add_approvals(context, owner.asking.principal, colleagues)
        support = await add_support(context, owner.asking.principal, colleagues)
        staff = await add_staff(context, colleagues)
        tables = await add_tables(context, owner.asking.principal)
        leaves = await add_leaves(context, staff)
        feed = await add_feed(context, owner.asking.principal.id)
        okrs = await add_okrs(context, staff)
    template = await add_template(company, owner)
    people, programs = (colleagues, newcomers), (logos, webhooks, clients, sign_on, approvals, support)
    others = (staff, tables, leaves, feed, okrs)
    return Ground(company, owner, flow, stages, blocks, profile, *people, *programs, *others, template)


async def add_template(company: CompanyWorld, owner: Person) -> StageTemplate:
    """Put a stage template of the owner's into a company: one that is private belongs to who made it."""
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(owner.asking, session, "ground")
        template = StageTemplate(id=uuid7(), name="Welcome", default_content=SHAPED["default_content"])
        context.add(template)
        await context.flush()
    return template


@dataclass
class Grounds:
    """Grounds by name and status, each made once and put back as it was whenever it is asked for again."""

    world: World
    rewinding: Rewinding
    _made: dict[tuple[str, FlowStatus], Ground] = field(default_factory=dict[tuple[str, FlowStatus], Ground])

    async def of(self, name: str, status: FlowStatus) -> Ground:
        """Return a ground as it was when it was made, and its owner with a new token."""
        made = self._made.get((name, status))
        if made is None:
            made = await a_ground(await self.world.company(), status)
            await self.rewinding.keep(made.company)
            self._made[name, status] = made
        else:
            await self.rewinding.rewind(made.company)
        return replace(made, person=made.company.signed_in(made.person.asking.principal))


def unknown_id(model: type[TenantOwned]) -> str:
    """Return a well-formed id that names nothing."""
    return ids.encode(model.__name__, uuid7())
