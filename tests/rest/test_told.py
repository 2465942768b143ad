"""What is told of the addresses: OpenAPI, Postman, and the page for people."""

import re
from typing import Any

import orjson
from graphql import build_schema, parse
from openapi_spec_validator import validate

from db.models.clients import RestMethod
from resolvers.paths import address_of
from schema.execute.addressed.endpoint import endpoint_of
from schema.rest.openapi import collection_of, openapi_of
from schema.rest.openapi.inputs import Json
from schema.rest.page import PAGE
from schema.rest.table import Table
from tests.rest.calling import call
from tests.rest.listed import LISTED
from tests.world import CompanyWorld

SMALL = build_schema("""
interface Thing { id: ID! }
type Cat implements Thing { id: ID! "How it purrs." purr: Float }
type Dog implements Thing { id: ID! breed: Breed! }
enum Breed { "A sheep dog." COLLIE PUG }
union Pet = Cat | Dog
input Wanted { breed: Breed, near: Wanted, tags: [String!] }
input By @oneOf { name: String, age: Int }
type Query { pets(wanted: Wanted, by: [By!], first: Int = 3, day: String!): [Pet!]! pet(id: ID!): Pet }
""")


def answer_of(path: str, text: str) -> tuple[Json, Json]:
    """The operation and the schema of the answer of one document."""
    endpoint = endpoint_of(SMALL, address_of(RestMethod.GET, path), text, parse(text), group="pets")
    openapi = openapi_of(SMALL, Table([endpoint]), "/rest", "Pets")
    [methods] = openapi["paths"].values()
    return methods["get"], openapi["components"]["schemas"]


async def test_openapi_is_valid_and_kept(company: CompanyWorld) -> None:
    stranger = company.stranger()
    told = await call(stranger, "GET", "/openapi.json")
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-cache")
    validate(told.json())
    assert len([each for methods in told.json()["paths"].values() for each in methods]) == len(LISTED)
    again = await call(stranger, "GET", "/openapi.json", if_none_match=told.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    head = await call(stranger, "HEAD", "/openapi.json")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", told.headers["etag"])
    assert told.headers["etag"] != (await call(stranger, "GET", "/postman.json")).headers["etag"]


async def test_what_must_be_known_to_call_is_told(company: CompanyWorld) -> None:
    openapi = (await call(company.stranger(), "GET", "/openapi.json")).json()
    change = openapi["paths"]["/flows/{flow_id}/stages/{stage_id}"]["patch"]
    assert (change["x-permissions"], change["security"]) == (["onboarding.edit"], [{"bearer": []}])
    assert [each["name"] for each in change["parameters"]] == ["flow_id", "stage_id", "Idempotency-Key", "If-Match"]
    body = openapi["components"]["schemas"]["UpdateStageBody"]
    assert not {"id", "expectedVersion", "idempotencyKey", "clientMutationId"} & set(body["properties"])
    assert "name" in body["properties"]
    assert body["additionalProperties"] is False
    assert openapi["components"]["schemas"]["AddStageBody"]["required"] == ["name"]
    assert openapi["paths"]["/login"]["post"]["security"] == []
    assert openapi["paths"]["/onboarding/{session_token}"]["get"]["security"] == []
    assert set(openapi["paths"]["/flows/{flow_id}"]["delete"]["responses"]) >= {"204", "404", "409", "412"}
    made = openapi["paths"]["/new-hires"]["post"]["responses"]
    assert "Location" in made["201"]["headers"]
    flow = openapi["components"]["schemas"]["FlowAnswer"]["properties"]
    assert flow["publishedAt"]["type"] == ["string", "null"]
    assert flow["createdAt"]["format"] == "date-time"
    assert flow["status"]["$ref"] == "#/components/schemas/FlowStatus"


def test_an_answer_is_exactly_what_is_selected() -> None:
    text = """query Pets($day: String!, $wanted: Wanted, $by: [By!], $first: Int = 3, $all: Boolean! = false) {
      pets(wanted: $wanted, by: $by, first: $first, day: $day) {
        __typename ... on Cat { id purr @include(if: $all) } ...D
      }
    }
    fragment D on Dog { kind: breed }"""
    operation, schemas = answer_of("/pets", text)
    cat, dog = schemas["PetsAnswer"]["items"]["anyOf"]
    assert cat["required"] == ["__typename", "id"]
    assert cat["properties"]["__typename"]["const"] == "Cat"
    assert cat["properties"]["purr"] == {
        "type": ["number", "null"],
        "format": "double",
        "description": "How it purrs.",
    }
    assert dog["properties"]["kind"] == {"$ref": "#/components/schemas/Breed"}
    assert dog["additionalProperties"] is False
    assert schemas["Breed"]["enum"] == ["COLLIE", "PUG"]
    assert "`COLLIE`: A sheep dog." in schemas["Breed"]["description"]
    given = {each["name"]: each for each in operation["parameters"]}
    assert [name for name, each in given.items() if each["required"]] == ["day"]
    assert given["wanted"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Wanted"}
    assert schemas["Wanted"]["properties"]["near"]["anyOf"][0] == {"$ref": "#/components/schemas/Wanted"}
    assert [each["required"] for each in schemas["By"]["oneOf"]] == [["name"], ["age"]]


def test_a_single_object_is_answered_as_itself() -> None:
    operation, schemas = answer_of("/pets/{id}", "query One($id: ID!) { pet(id: $id) { ... on Dog { id breed } } }")
    assert schemas["OneAnswer"]["anyOf"][1]["required"] == ["id", "breed"]
    assert "404" in operation["responses"]


async def test_postman_has_a_request_for_each_address(company: CompanyWorld) -> None:
    openapi = (await call(company.stranger(), "GET", "/openapi.json")).json()
    collection = (await call(company.stranger(), "GET", "/postman.json")).json()
    assert collection == collection_of(openapi)
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    items: list[Any] = [item for folder in collection["item"] for item in folder["item"]]
    assert len(items) == len(LISTED)
    for item in items:
        url = item["request"]["url"]
        assert url["raw"] == "/".join([url["host"][0], *url["path"]])
        assert [each["key"] for each in url["variable"]] == [part[1:] for part in url["path"] if part[0] == ":"]
    [add] = [each for each in items if each["name"] == "Enter a new hire"]
    body = orjson.loads(add["request"]["body"]["raw"])
    assert body.keys() == {"flowId", "email", "firstName", "lastName"}


async def test_the_page_shows_what_is_told_and_nothing_else(company: CompanyWorld) -> None:
    page = await company.world.http.get("/rest", headers={"accept": "text/html"})
    assert page.status_code == 200
    written = (PAGE.folder / "rest.js").read_text("utf-8")
    assert re.findall(r'fetch\("([^"]+)"\)', written) == ["/rest/openapi.json"]
