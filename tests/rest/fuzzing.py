"""Calls that schemathesis makes up from the OpenAPI document, and their answers held against it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import UnsupportedSchema
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.onboarding.hires.builders import a_block, a_flow, a_stage
from tests.rest.calling import headers_of
from tests.world import World

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LAST: Final = ("delete",)
QUIET: Final = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
MAKES_COMPANIES: Final = ("/register",)


@dataclass
class Fuzzing:
    """Calls as somebody; `known` are values for variables of paths, so that most calls lead to something."""

    http: httpx.AsyncClient
    headers: Mapping[str, str]
    known: Mapping[str, str]
    examples: int
    number: int = 0
    seen: Counter[int] = field(default_factory=Counter[int])

    async def run(self, openapi: dict[str, Any], *, without: Sequence[str] = ()) -> None:
        """Call every operation but for some paths; what removes comes last."""
        loop = asyncio.get_running_loop()
        schema = schemathesis.openapi.from_dict(openapi)
        found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        for operation in sorted(found, key=lambda each: each.method in LAST):
            if operation.path not in without:
                await asyncio.to_thread(self._call, operation, loop)

    def _call(self, operation: Any, loop: asyncio.AbstractEventLoop) -> None:

        @seed(self.number)
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=QUIET,
        )
        @given(case=_calls(operation), lead=st.integers(0, 3))
        def one(case: Case[Any], lead: int) -> None:
            if lead:
                case.path_parameters = {**(case.path_parameters or {}), **self._led(case)}
            response = asyncio.run_coroutine_threadsafe(self._send(case), loop).result(30)
            self.seen[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        one()

    def _led(self, case: Case[Any]) -> dict[str, str]:
        return {name: value for name, value in self.known.items() if name in (case.path_parameters or {})}

    async def _send(self, case: Case[Any]) -> httpx.Response:
        sent = case.as_transport_kwargs(base_url=f"{self.http.base_url}/rest")
        made_up = {
            name: value for name, value in (sent.get("headers") or {}).items() if name.lower() not in self.headers
        }
        sent["headers"] = {**made_up, **self.headers}
        wanted = {name: sent[name] for name in ("method", "url", "headers", "params", "json") if name in sent}
        if sent.get("data") is not None:
            wanted["content"] = sent["data"]
        return await self.http.request(**wanted)


async def made_up(world: World, openapi: dict[str, Any], examples: int, *, number: int = 0) -> Fuzzing:
    """Call everything as the owner of a company that has a flow, and somebody in it."""
    company = await world.company()
    flow = await a_flow(company, a_stage(a_block(), a_block()), a_stage(a_block()))
    hire, portal = await flow.begun()
    assert portal.token
    known = {
        "company_id": company.tenant.slug,
        "flow_id": flow.id,
        "stage_id": flow.stage(0),
        "content_block_id": flow.block(0, 0),
        "new_hire_id": hire,
        "session_token": portal.token,
        "type_name": "text_input",
    }
    fuzzing = Fuzzing(world.http, headers_of(await company.person("OWNER")), known, examples, number)
    await fuzzing.run(openapi, without=MAKES_COMPANIES)
    return fuzzing


@st.composite
def _calls(draw: st.DrawFn, operation: Any) -> Case[Any]:
    """Draw a call, right or wrong; a right one where schemathesis cannot say what the contrary of a filter is."""
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if _has_wrong(operation) and draw(st.booleans()):
        with suppress(UnsupportedSchema):
            return draw(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    return draw(right)


def _has_wrong(operation: Any) -> bool:
    """Tell whether anything that is given can be wrong: of text in a path all is right."""
    return bool(operation.body) or bool(operation.query)
