"""Somebody signs in at the provider of their company, with the button of the page."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.clients.outside import OUTPUT, node
from tests.conftest import Served
from tests.live_page.looking import Programs
from tests.sso.builders import DOMAIN
from tests.sso.conftest import provider
from tests.sso.provider import CLIENT_ID, CLIENT_SECRET, Provider

__all__ = ["provider"]

CREATE = "mutation($input: CreateSsoProviderInput!) { createSsoProvider(input: $input) { refusals { message } } }"


async def test_one_signs_in_with_the_button_of_the_provider(
    server: Served, provider: Provider, programs: Programs
) -> None:
    given = {"name": "Ours", "issuer": provider.issuer, "clientIdentifier": CLIENT_ID, "clientSecret": CLIENT_SECRET}
    known = {"domains": [DOMAIN], "justInTime": True}
    async with httpx.AsyncClient(base_url=server.base_url) as http:
        body = {"query": CREATE, "variables": {"input": given | known}}
        made = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {server.token}"})
        assert made.json() == {"data": {"createSsoProvider": {"refusals": []}}}
    OUTPUT.mkdir(exist_ok=True)
    script = Path(__file__).with_name("sign_on.mjs")
    told = json.dumps({"base": server.base_url, "company": server.tenant})
    ran = await node([script, programs.library, programs.chromium, OUTPUT], given=told)
    assert ran.exit_code == 0, ran.errors
    saw = json.loads(ran.output)
    home = f"http://{server.tenant}.localhost:{urlsplit(server.base_url).port}/live"
    assert (saw["before"], saw["address"], saw["again"]) == (0, home, home)
    assert saw["settings"] == home.replace("/live", "/settings#/profile")
    assert saw["person"] == "Live, for Ada Lovelace"
    assert "token" not in saw["stored"].lower()
    assert saw["cookieRead"] == ""
    assert saw["cookies"] == [{"name": "workgraph-sign-on", "httpOnly": True, "sameSite": "Lax"}]
    assert saw["complaints"] == []
