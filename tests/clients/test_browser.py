import json
from pathlib import Path

from tests.clients.outside import OUTPUT, Served, node, post

QUERY = """query SeenInBrowser {
  flows(first: 3, where: { name: { eq: "Seen in a browser" } }) {
    totalCount
    nodes { id name status }
  }
}"""

CREATE = """mutation($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { id } refusals { code message } }
}"""


async def test_a_person_signs_in_and_runs_a_query_in_graphiql(
    server: Served, npm_packages: Path, chromium: str
) -> None:
    created = await post(server, CREATE, {"input": {"name": "Seen in a browser", "durationDays": 30}})
    OUTPUT.mkdir(exist_ok=True)
    person = {"tenant": server.tenant, "email": server.email, "password": server.password, "query": QUERY}
    library = npm_packages / "playwright-core" / "index.mjs"
    script = Path(__file__).with_name("browser.mjs")
    address = f"{server.base_url}/graphql"

    ran = await node([script, library, chromium, address, OUTPUT / "graphiql.png"], given=json.dumps(person))

    assert ran.exit_code == 0, ran.errors
    seen = json.loads(ran.output)
    flow = {"id": created["createFlow"]["flow"]["id"], "name": "Seen in a browser", "status": "DRAFT"}
    assert seen["answer"] == {"data": {"flows": {"totalCount": 1, "nodes": [flow]}}}
    assert seen["refusal"]
    assert seen["who"] == f"{server.email} · {server.tenant}"
    assert seen["anonymous"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert server.token not in seen["kept"]
    assert "Bearer" not in seen["kept"]
    assert seen["complaints"] == []
    assert seen["strangers"] == []
