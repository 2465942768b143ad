"""What a company's log holds, held against the catalogue: each event fits its schema, and comes from what says so.

Every test that has a company ends with this, so that an event that nobody declared, or that looks otherwise than was
declared, fails the test that wrote it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from db.base import Base
from resolvers.event_types import EventForm, event_forms, public_data
from schema.derive.mutations import operations_of
from schema.root import make_schema
from tests.world import CompanyWorld

REGISTRY: Final = make_schema().registry
NOT_SHOWN: Final = frozenset({"invitations", "allows"})
"""Lists of ids that stand in the log, and are shown to nobody: of what is not public, or told by events of its own."""


@cache
def emits() -> Mapping[str, frozenset[str]]:
    """Return what each operation, mutation written by hand and job says that it emits, by its name in the log."""
    operations = [each for domain in REGISTRY.domains for each in operations_of(REGISTRY, domain)]
    emitters = [each for domain in REGISTRY.domains for each in domain.emitters]
    return {each.name: frozenset(each.may_emit) for each in operations} | {
        each.name: frozenset(each.emits) for each in emitters
    }


@cache
def validator_of(type_name: str) -> Draft202012Validator:
    """Return what holds data against the schema of its type, formats too."""
    return Draft202012Validator(event_forms()[type_name].schema, validate_formats=True)


async def expect_declared(company: CompanyWorld) -> None:
    """Fail where something was written to the log that is not as the catalogue says."""
    models = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    sources = await _operations(company)
    events = [each for each in await _events(company) if each.subject_type in models]
    problems = {(each.type, _problem(each, sources.get(each.correlation_id, set()))) for each in events}
    assert {problem for problem in problems if problem[1]} == set()


async def _events(company: CompanyWorld) -> Sequence[Any]:
    return await company.rows(
        "select type, subject_type, data, schema_version, correlation_id from pool.event_outbox"
        " where tenant_id = :tenant order by sequence"
    )


async def _operations(company: CompanyWorld) -> Mapping[str, set[str]]:
    """Return which operations wrote in each request."""
    rows = await company.rows(
        "select request_id, array_agg(distinct operation) from pool.audit_logs where tenant_id = :tenant group by 1"
    )
    return {row[0]: set(row[1]) for row in rows}


def _problem(event: Any, operations: set[str]) -> str | None:
    form = event_forms().get(event.type)
    if form is None:
        return "no such type is declared"
    if (form.subject, form.version) != (event.subject_type, event.schema_version):
        return f"declared about {form.subject} in version {form.version}"
    if unknown := _unknown(form, event.data):
        return f"it says {unknown}, which is not declared"
    errors = [error.message for error in validator_of(event.type).iter_errors(public_data(event.type, event.data))]
    if errors:
        return "; ".join(errors)
    told = [emits()[each] for each in operations if each in emits()]
    if told and len(told) == len(operations) and not any(event.type in each for each in told):
        return f"not among what {', '.join(operations)} says that it emits"
    return None


def _unknown(form: EventForm, data: Mapping[str, Any]) -> set[str]:
    """Return what an event says that would be left out without anybody having said so."""
    said = data["changed"] if form.of_row else data
    return set(said) - {each.name for each in form.facts} - form.hidden - NOT_SHOWN
