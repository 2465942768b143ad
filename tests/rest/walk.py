"""A walk through every address of the product, each called once as somebody may call it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app import now
from db.catalog import Plan, PlatformRole
from tests.identity.builders import a_registration
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, portal
from tests.rest.leave import leave
from tests.rest.people import people
from tests.rest.performance import performance
from tests.rest.step import Step
from tests.support.builders import REASON, a_colleague, set_plan, tenant_id, user_id
from tests.world import PASSWORD, CompanyWorld, Person

STAGE = "/flows/{flow_id}/stages/{stage_id}"
BLOCKS = f"{STAGE}/content-blocks"
BLOCK = f"{BLOCKS}/{{content_block_id}}"
LOGO = {"filename": "logo.png", "mime": "image/png", "size": 1000}


@dataclass
class Walk:
    """Yields the steps one after the other; `answer` is what the last one was answered with."""

    company: CompanyWorld
    answer: Any = None

    async def steps(self) -> AsyncIterator[Step]:
        async for each in self._accounts():
            yield each
        async for each in self._support():
            yield each
        async for each in self._flows():
            yield each
        async for each in self._templates():
            yield each
        async for each in self._hires():
            yield each
        async for each in people(self):
            yield each
        async for each in leave(self):
            yield each
        async for each in performance(self):
            yield each

    async def _accounts(self) -> AsyncIterator[Step]:
        owner, door = await self.company.person("OWNER"), self.company.stranger()
        email = owner.asking.principal.name
        yield Step(door, "POST", "/login", {}, {"email": email, "password": PASSWORD})
        yield Step(door, "POST", "/refresh-token", {}, {"refreshToken": self.answer["refreshToken"]})
        yield Step(door, "POST", "/login/code", {}, {"challenge": "wgc_none", "code": "123456"}, 401)
        yield Step(door, "POST", "/login/sso", {}, {"code": "wgs_none"}, 401)
        yield Step(door, "POST", "/register", {}, a_registration(), 201)
        yield Step(door, "POST", "/forgot-password", {}, {"email": email}, 204)
        yield Step(door, "POST", "/reset-password", {}, {"token": "wgp_none", "password": PASSWORD}, 422)
        slug = {"company_id": self.company.tenant.slug}
        yield Step(owner, "GET", "/companies/{company_id}", slug)
        known = {"company_id": self.answer["id"]}
        yield Step(owner, "PATCH", "/companies/{company_id}", known, {"industry": "Software"})
        yield Step(owner, "POST", "/companies/{company_id}/logo", known, LOGO, 201)
        yield Step(owner, "GET", "/companies/{company_id}/subscription", known)

    async def _support(self) -> AsyncIterator[Step]:
        owner, slug = await self.company.person("OWNER"), {"company_id": self.company.tenant.slug}
        admin = await a_colleague(self.company.world, PlatformRole.PLATFORM_ADMIN)
        await set_plan(self.company, Plan.ENTERPRISE)
        yield Step(admin.person, "GET", "/platform/tenants", {})
        yield Step(admin.person, "GET", "/platform/people", {})
        there = {"tenant_id": tenant_id(self.company)}
        manager = {"userId": user_id(admin.person)}
        yield Step(admin.person, "PUT", "/platform/tenants/{tenant_id}/account-manager", there, manager)
        wanted = {"userId": user_id(owner), "reason": REASON}
        acting = "/platform/tenants/{tenant_id}/impersonations"
        yield Step(admin.person, "POST", acting, there, wanted)
        ended = {**there, "id": self.answer["impersonationId"]}
        agent = replace(owner, token=self.answer["accessToken"])
        yield Step(owner, "GET", "/companies/{company_id}/account-manager", slug)
        yield Step(owner, "GET", "/companies/{company_id}/impersonations", slug)
        yield Step(agent, "POST", "/impersonation/end", {}, {}, 204)
        yield Step(admin.person, "DELETE", f"{acting}/{{id}}", ended, None, 409)
        yield Step(admin.person, "POST", acting, there, wanted)
        revoked = {**slug, "impersonation_session_id": self.answer["impersonationId"]}
        yield Step(owner, "DELETE", "/companies/{company_id}/impersonations/{impersonation_session_id}", revoked)
        leave = "/companies/{company_id}/support-access"
        until = (now() + timedelta(days=1)).isoformat()
        yield Step(owner, "POST", leave, slug, {"until": until})
        given = {**slug, "support_access_id": self.answer["id"]}
        yield Step(owner, "GET", leave, slug)
        yield Step(owner, "DELETE", f"{leave}/{{support_access_id}}", given)

    async def _flows(self) -> AsyncIterator[Step]:
        hr, slug = await self.company.person("HR"), {"company_id": self.company.tenant.slug}
        yield Step(hr, "POST", "/companies/{company_id}/flows", slug, {"name": "Engineers", "durationDays": 30}, 201)
        flow = {"flow_id": self.answer["id"]}
        yield Step(hr, "GET", "/companies/{company_id}/flows", slug)
        yield Step(hr, "GET", "/flows/{flow_id}", flow)
        yield Step(hr, "PATCH", "/flows/{flow_id}", flow, {"description": "For all."})
        yield Step(hr, "POST", "/flows/{flow_id}/stages", flow, {"name": "Welcome"}, 201)
        stage = {**flow, "stage_id": self.answer["id"]}
        yield Step(hr, "GET", "/flows/{flow_id}/stages", flow)
        yield Step(hr, "GET", STAGE, stage)
        yield Step(hr, "PATCH", STAGE, stage, {"name": "Hello"})
        yield Step(hr, "POST", BLOCKS, stage, {"type": "text_input", "content": "Your name"}, 201)
        block = {**stage, "content_block_id": self.answer["id"]}
        yield Step(hr, "GET", BLOCKS, stage)
        yield Step(hr, "PATCH", BLOCK, block, {"content": "Who are you?"})
        yield Step(hr, "PATCH", f"{BLOCKS}/reorder", stage, {"ids": [block["content_block_id"]]})
        yield Step(hr, "GET", "/flows/{flow_id}/pipeline", flow)
        yield Step(hr, "DELETE", BLOCK, block, None, 204)
        yield Step(hr, "DELETE", STAGE, stage, None, 204)
        yield Step(hr, "DELETE", "/flows/{flow_id}", flow, None, 204)

    async def _templates(self) -> AsyncIterator[Step]:
        hr, text = await self.company.person("HR"), {"type_name": "text_input"}
        yield Step(hr, "GET", "/content-types", {})
        yield Step(hr, "GET", "/content-types/{type_name}", text)
        yield Step(hr, "GET", "/content-types/{type_name}/config", text)
        yield Step(hr, "POST", "/content-types/{type_name}/validate", text, {"config": {}, "value": "Ada"})
        yield Step(hr, "POST", "/stage-templates", {}, {"name": "Paperwork"}, 201)
        template = {"template_id": self.answer["id"]}
        yield Step(hr, "GET", "/stage-templates", {})
        yield Step(hr, "GET", "/stage-templates/{template_id}", template)
        yield Step(hr, "PATCH", "/stage-templates/{template_id}", template, {"description": "Forms."})
        yield Step(hr, "DELETE", "/stage-templates/{template_id}", template, None, 204)

    async def _hires(self) -> AsyncIterator[Step]:
        flow = await a_flow(self.company, a_stage(a_block(), a_block(type="file_upload")), a_stage(a_block()))
        hr, slug = flow.hr, {"company_id": self.company.tenant.slug}
        person = {"flowId": flow.id, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
        yield Step(hr, "POST", "/new-hires", {}, person, 201)
        hire = {"new_hire_id": self.answer["id"]}
        yield Step(hr, "GET", "/companies/{company_id}/new-hires", slug)
        yield Step(hr, "GET", "/new-hires/{new_hire_id}", hire)
        yield Step(hr, "PATCH", "/new-hires/{new_hire_id}", hire, {"position": "Engineer"})
        yield Step(hr, "GET", "/new-hires/{new_hire_id}/progress", hire)
        yield Step(hr, "DELETE", "/new-hires/{new_hire_id}", {"new_hire_id": await flow.hire()}, None, 204)
        invited, _ = await flow.invited()
        other = {"new_hire_id": invited}
        yield Step(hr, "POST", "/new-hires/{new_hire_id}/resend-invitation", other)
        called_off = {"status": "CANCELLED", "reason": "Plans changed."}
        yield Step(hr, "PATCH", "/new-hires/{new_hire_id}/status", other, called_off)
        mine, _ = await flow.invited()
        async for each in self._portal(await portal(self.company, mine), flow):
            yield each

    async def _portal(self, hire: Person, flow: Any) -> AsyncIterator[Step]:
        assert hire.token
        stranger, base = self.company.stranger(), "/onboarding/{session_token}"
        token = {"session_token": hire.token}
        first, second = ({**token, "stage_id": flow.stage(number)} for number in (0, 1))
        yield Step(stranger, "GET", base, token)
        yield Step(stranger, "POST", f"{base}/start", token)
        yield Step(stranger, "GET", f"{base}/progress", token)
        yield Step(stranger, "GET", f"{base}/current-stage", token)
        yield Step(stranger, "GET", f"{base}/stages/{{stage_id}}", first)
        yield Step(stranger, "GET", f"{base}/stages/{{stage_id}}/status", first)
        done = f"{base}/stages/{{stage_id}}/content-blocks/{{content_block_id}}/complete"
        file = {"contentBlockId": flow.block(0, 1), "filename": "a.pdf", "mime": "application/pdf", "size": 1000}
        yield Step(stranger, "POST", done, {**first, "content_block_id": flow.block(0, 0)}, {"value": "Ada"})
        yield Step(stranger, "POST", f"{base}/uploads", token, file, 201)
        yield Step(stranger, "POST", f"{base}/stages/{{stage_id}}/complete", second, None, 409)
        yield Step(stranger, "POST", f"{base}/complete", token, None, 409)
