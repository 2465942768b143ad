"""Signing on at a server that runs as a user runs it, over real HTTP."""

from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.conftest import Served
from tests.sso.builders import DOMAIN, SESSION, code_in
from tests.sso.provider import CLIENT_ID, CLIENT_SECRET, Provider

CREATE = "mutation($input: CreateSsoProviderInput!) { createSsoProvider(input: $input) { %s } }"
COMPLETE = f"mutation($input: CompleteSsoInput!) {{ completeSso(input: $input) {{ {SESSION} }} }}"


async def test_one_signs_on_at_a_running_server(server: Served, provider: Provider) -> None:
    port = urlsplit(server.base_url).port
    home = f"{server.tenant}.localhost:{port}"
    asked = {"authorization": f"Bearer {server.token}"}
    given = {
        "name": "Served",
        "issuer": provider.issuer,
        "clientIdentifier": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "domains": [DOMAIN],
        "justInTime": True,
    }
    async with httpx.AsyncClient(base_url=server.base_url) as http:
        fields = "ssoProvider { id callbackUrl } refusals { message path }"
        body = {"query": CREATE % fields, "variables": {"input": given}}
        made = (await http.post("/graphql", json=body, headers=asked)).json()["data"]["createSsoProvider"]
        assert made["refusals"] == []
        connection, callback = made["ssoProvider"]["id"], made["ssoProvider"]["callbackUrl"]
        start = f"/sso/start?provider={connection}"
        sent = await http.get(f"{start}&company={server.tenant}")
        assert urlsplit(sent.headers["location"]).netloc == home
        # A browser finds `<name>.localhost` on this machine; this client has to be told.
        http.headers["host"] = home
        away = await http.get(start)
        mark = away.cookies["workgraph-sign-on"]
        assert dict(parse_qsl(urlsplit(away.headers["location"]).query))["redirect_uri"] == callback
        async with httpx.AsyncClient() as outside:
            back = urlsplit((await outside.get(away.headers["location"])).headers["location"])
        assert (back.netloc, back.path) == (home, "/sso/callback")
        marked = {"cookie": f"other=1; workgraph-sign-on={mark}"}
        landed = await http.get(f"{back.path}?{back.query}", headers=marked)
        assert landed.status_code == 303, landed.text
        marked = {"cookie": f"workgraph-sign-on={landed.cookies['workgraph-sign-on']}"}
        body = {"query": COMPLETE, "variables": {"input": {"code": code_in(landed.headers["location"])}}}
        completed = (await http.post("/graphql", json=body, headers=marked)).json()["data"]["completeSso"]
        assert completed["refusals"] == []
        signed = {"authorization": f"Bearer {completed['session']['accessToken']}"}
        viewer = await http.post("/graphql", json={"query": "{ viewer { email } }"}, headers=signed)
        assert viewer.json() == {"data": {"viewer": {"email": f"ada@{DOMAIN}"}}}
