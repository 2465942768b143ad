"""What the caller learns of a fault of ours: a code and an incident, which the log explains; nothing of the inside."""

from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.testing import capture_logs

import schema.company
from app import connected, make_app
from db.reads import ConnectionLost, Unreachable
from resolvers.identity import Identity
from tests.world import Answer, CompanyWorld, Person

INSIDE = "select secret from vault"


def failing(error: Exception) -> Any:
    async def fail(*_arguments: Any, **_named: Any) -> None:
        raise error

    return fail


def incident_of(answer: Answer, logs: list[Any], code: str) -> None:
    """Assert that the caller got a code and an incident, and the log the reason."""
    [error] = answer.errors
    assert INSIDE not in answer.response.text
    assert error["extensions"].keys() == {"code", "incidentId"}
    assert error["extensions"]["code"] == code
    [entry] = [each for each in logs if each["event"] == "fault"]
    assert (entry["incident"], entry["log_level"]) == (error["extensions"]["incidentId"], "error")
    assert INSIDE in str(entry["exc_info"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ZeroDivisionError(INSIDE), "INTERNAL"),
        (KeyError(INSIDE), "INTERNAL"),
        (PoolTimeout(INSIDE), "UNAVAILABLE"),
        (ConnectionResetError(INSIDE), "UNAVAILABLE"),
        (Unreachable(INSIDE), "UNAVAILABLE"),
        (ConnectionLost(INSIDE), "UNAVAILABLE"),
        (asyncpg.ConnectionDoesNotExistError(INSIDE), "UNAVAILABLE"),
        (asyncpg.CannotConnectNowError(INSIDE), "UNAVAILABLE"),
        (asyncpg.AdminShutdownError(INSIDE), "UNAVAILABLE"),
        (asyncpg.TooManyConnectionsError(INSIDE), "UNAVAILABLE"),
        (asyncpg.InvalidCachedStatementError(INSIDE), "UNAVAILABLE"),
        (asyncpg.SerializationError(INSIDE), "UNAVAILABLE"),
        (asyncpg.DeadlockDetectedError(INSIDE), "UNAVAILABLE"),
        (asyncpg.QueryCanceledError(INSIDE), "TIMEOUT"),
        (asyncpg.DivisionByZeroError(INSIDE), "INTERNAL"),
        (asyncpg.DataError(INSIDE), "INTERNAL"),
        (asyncpg.InterfaceError(INSIDE), "INTERNAL"),
    ],
)
async def test_a_fault_of_a_field_is_masked(
    hr: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    monkeypatch.setattr(schema.company, "own_company", failing(error))
    with capture_logs() as logs:
        answer = await hr.ask("{ company { name } modules { name } }")
    incident_of(answer, logs, code)
    assert (answer.response.status_code, answer.body["data"]["company"]) == (200, None)
    assert len(answer.body["data"]["modules"]) > 1
    assert answer.errors[0]["path"] == ["company"]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [(ZeroDivisionError(INSIDE), "INTERNAL", 500), (ConnectionRefusedError(INSIDE), "UNAVAILABLE", 503)],
)
async def test_a_fault_before_the_execution_is_masked(
    hr: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, status: int
) -> None:
    monkeypatch.setattr(Identity, "asking", failing(error))
    with capture_logs() as logs:
        answer = await hr.ask("{ modules { name } }")
    incident_of(answer, logs, code)
    assert answer.response.status_code == status


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (ConnectionResetError(INSIDE), "UNAVAILABLE", 503),
        (DBAPIError(None, None, Exception(INSIDE), connection_invalidated=True), "UNAVAILABLE", 503),
        (asyncpg.CannotConnectNowError(INSIDE), "UNAVAILABLE", 503),
        (asyncpg.AdminShutdownError(INSIDE), "UNAVAILABLE", 503),
        (asyncpg.TooManyConnectionsError(INSIDE), "UNAVAILABLE", 503),
        (asyncpg.QueryCanceledError(INSIDE), "TIMEOUT", 504),
    ],
)
async def test_an_answer_of_which_nothing_could_be_read_is_none(
    hr: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, status: int
) -> None:
    monkeypatch.setattr(schema.company, "own_company", failing(error))
    for accept in ("application/json", "application/graphql-response+json"):
        with capture_logs() as logs:
            answer = await hr.ask("{ company { name } }", accept=accept)
        incident_of(answer, logs, code)
        assert (answer.response.status_code, answer.body.keys()) == (status, {"errors"})
        assert answer.errors[0]["path"] == ["company"]


async def test_a_fault_in_the_answer_of_a_mutation_undoes_it(
    company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = """mutation { createFlow(input: {name: "x", durationDays: 1}) { flow { allowedTransitions { name } } } }"""
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr("resolvers.state.transitions", failing(ZeroDivisionError(INSIDE)))
        incident_of(await hr.ask(create), logs, "INTERNAL")
    assert await company.rows("select id from pool.onboarding_flows where tenant_id = :tenant") == []
    assert await company.rows("select id from pool.audit_logs where tenant_id = :tenant and entity_type = 'Flow'") == []
    assert (await hr.ask(create)).errors == []


async def test_a_database_that_is_away_is_said(company: CompanyWorld, hr: Person) -> None:
    wiring = replace(company.world.wiring, database_url="postgresql://nobody:nothing@127.0.0.1:1/none")
    async with connected(wiring) as parts:
        transport = httpx.ASGITransport(app=make_app(wiring, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            with capture_logs() as logs:
                away = replace(hr, http=http)
                answer = await away.ask("{ company { name } }")
    assert (answer.response.status_code, answer.codes) == (503, ["UNAVAILABLE"])
    assert "127.0.0.1" not in answer.response.text
    assert len(logs) == 1
