"""Traces reach a collector: requests with their statements, jobs, deliveries; without one, nothing of it is there."""

import asyncio
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app import Collector, connected, make_app
from db.queue import defer
from db.tracing import TRACERS, following, span
from gateways.traces import Traces
from tests.jobs.station import Doing, Station, working
from tests.metrics.collecting import SERVICE, collecting, traced
from tests.schema.builders import put_flows
from tests.webhooks.dispatching import a_team, an_endpoint, at_work, deliveries
from tests.webhooks.receivers import answer, receiving
from tests.world import CompanyWorld, Person

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
QUERY = "query Traced($name: String!) { flows(where: {name: {eq: $name}}) { nodes { id name } } }"
CREATE = "mutation Make($name: String!) { createFlow(input: {name: $name, durationDays: 3}) { flow { id name } } }"


async def test_a_query_is_traced_with_its_plan_and_its_statement(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 1)
    await hr.ask("{ viewer { id } }")
    async with traced() as collected:
        headers = {"traceparent": TRACEPARENT, "x-request-id": "traced-0001"}
        assert (await hr.ask(QUERY, {"name": "Augusta"}, **headers)).errors == []
    request = collected.named("query Traced")
    assert (request.kind, request.trace, request.parent) == ("SPAN_KIND_SERVER", TRACE, PARENT)
    assert request.facts["graphql.operation.name"] == "Traced"
    assert request.facts["graphql.operation.type"] == "query"
    assert request.facts["workgraph.form"] == "statement"
    assert request.facts["workgraph.request_id"] == "traced-0001"
    assert request.facts["workgraph.tenant_id"] == str(company.tenant.id)
    assert (request.facts["http.response.status_code"], request.failed) == (200, False)
    plan, statement = sorted(collected.below(request), key=lambda each: each.name)
    assert (plan.name, plan.kind) == ("plan", "SPAN_KIND_INTERNAL")
    assert (statement.kind, statement.facts["db.system"]) == ("SPAN_KIND_CLIENT", "postgresql")
    assert '"pool".onboarding_flows' in statement.facts["db.query.text"]
    assert 0 < statement.nanoseconds < request.nanoseconds
    assert "Augusta" not in str(collected.spans)


async def test_a_mutation_is_traced_with_every_statement(hr: Person) -> None:
    async with traced() as collected:
        assert (await hr.ask(CREATE, {"name": "Augusta"})).errors == []
    request = collected.named("mutation Make")
    texts = [each.facts["db.query.text"] for each in collected.below(request) if "db.system" in each.facts]
    assert any(text.startswith("INSERT INTO pool.onboarding_flows") for text in texts)
    assert any("event_outbox" in text for text in texts)
    assert "Augusta" not in str(collected.spans)


async def test_what_went_wrong_is_told_by_its_code(hr: Person) -> None:
    async with traced() as collected:
        await hr.ask("query Wrong { nothing }")
        await hr.ask("no GraphQL")
    wrong = collected.named("query Wrong")
    assert (wrong.failed, wrong.facts["workgraph.codes"]) == (True, "BAD_USER_INPUT")
    assert collected.named("POST /graphql").failed


async def test_a_statement_that_fails_is_told_by_the_type_of_its_error(company: CompanyWorld) -> None:
    async with traced() as collected:
        with span("test"), pytest.raises(Exception, match="division by zero"):
            await company.world.parts.database.one(company.tenant.placement, "select 1 / (length($1) - 36)")
        with span("other"), pytest.raises(Exception, match="division by zero"):
            await company.rows("select 1 / 0")
    for name in ("test", "other"):
        failed = [each for each in collected.below(collected.named(name)) if each.failed]
        assert [each.kind for each in failed] == ["SPAN_KIND_CLIENT"]
        assert failed[0].facts["error.type"]


async def test_what_a_process_does_by_itself_is_not_traced(company: CompanyWorld) -> None:
    async with traced() as collected:
        await company.rows("select 1")
        await company.world.parts.backlog()
    assert collected.spans == []


async def test_a_job_is_traced_as_part_of_what_deferred_it(station: Station) -> None:
    tenant, mail = await station.tenant(), Doing()
    async with traced() as collected:
        with span("request", parent=TRACEPARENT):
            async with station.database.transacting(tenant.placement) as session:
                await defer(session, "mail", number=1)
        async with working(station.work(mail=mail)):
            await mail.until(1)
    assert mail.done == [(tenant.id, {"number": 1})]
    job, request = collected.named("job mail"), collected.named("request")
    assert (job.kind, job.trace, job.parent) == ("SPAN_KIND_CONSUMER", TRACE, request.id)
    assert job.facts["workgraph.tenant_id"] == str(tenant.id)
    assert any("tenants" in each.facts["db.query.text"] for each in collected.below(job))


async def test_a_job_that_was_traced_is_done_where_nobody_traces(station: Station) -> None:
    tenant, mail = await station.tenant(), Doing()
    async with traced():
        with span("request"):
            async with station.database.transacting(tenant.placement) as session:
                await defer(session, "mail", number=1)
    async with working(station.work(mail=mail)):
        await mail.until(1)
    assert mail.done == [(tenant.id, {"number": 1})]


@pytest.mark.usefixtures("relaying")
async def test_a_delivery_is_traced_and_carries_its_trace(company: CompanyWorld) -> None:
    async with receiving(answer("204 No Content")) as receiver, traced() as collected, at_work(company.world):
        endpoint, _ = await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Augusta")
        await deliveries(company, "succeeded")
    [(headers, _)] = receiver.requests
    [sent] = [each for each in collected.spans if each.facts.get("workgraph.webhook.endpoint") == str(endpoint)]
    assert headers["traceparent"].startswith(f"00-{sent.trace}-{sent.id}-")
    assert (sent.kind, sent.failed) == ("SPAN_KIND_CLIENT", False)
    assert sent.facts["http.response.status_code"] == 204
    assert sent.name == "webhook"
    assert (sent.facts["workgraph.event"], sent.facts["workgraph.webhook.attempt"]) == ("team.created", 1)
    assert "Augusta" not in str(collected.spans)
    assert receiver.url not in str(collected.spans)


async def test_an_application_with_a_collector_traces(hr: Person, company: CompanyWorld) -> None:
    async with collecting() as collected:
        wiring = replace(company.world.wiring, collector=Collector(collected.url, SERVICE))
        async with connected(wiring) as parts:
            transport = httpx.ASGITransport(app=make_app(wiring, parts))
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
                assert (await replace(hr, http=http).ask(QUERY, {"name": "x"})).errors == []
        collected.read()
    assert collected.named("query Traced")
    assert TRACERS == []


async def test_a_collector_that_is_away_costs_no_answer(hr: Person) -> None:
    traces = Traces("http://127.0.0.1:1", SERVICE)
    with following(traces):
        assert (await hr.ask(QUERY, {"name": "x"})).errors == []
    begin = time.monotonic()
    await asyncio.to_thread(traces.close)
    assert time.monotonic() - begin < 3


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    """The client of Valkey looks for some of OpenTelemetry by itself; nothing that traces or sends is there."""
    ours = ("gateways.traces", "opentelemetry.exporter", "opentelemetry.sdk.trace", "opentelemetry.proto", "requests")
    code = f"import sys, app, cli; print([each for each in sys.modules if each.startswith({ours!r})])"
    root = Path(__file__).parent.parent.parent
    found = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


async def test_requests_side_by_side_are_told_apart(hr: Person) -> None:
    async with traced() as collected:
        await asyncio.gather(*(hr.ask(QUERY.replace("Traced", f"Beside{each}"), {"name": "x"}) for each in range(5)))
    requests = [collected.named(f"query Beside{each}") for each in range(5)]
    assert len({each.trace for each in requests}) == 5
    assert all(len([one for one in collected.below(each) if one.name == "plan"]) == 1 for each in requests)
