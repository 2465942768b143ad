import pytest
from gql import Client, gql
from gql.dsl import DSLMutation, DSLQuery, DSLSchema, dsl_gql
from gql.transport.aiohttp import AIOHTTPTransport
from graphql import GraphQLError, build_schema

from tests.clients.outside import SCHEMA, Served, credentials


@pytest.fixture
def client(server: Served) -> Client:
    transport = AIOHTTPTransport(url=f"{server.base_url}/graphql", headers=credentials(server))
    return Client(transport=transport, fetch_schema_from_transport=True)


async def test_introspection_tells_the_committed_schema(client: Client) -> None:
    async with client:
        assert client.schema is not None
        told = set(client.schema.type_map)
    assert told == set(build_schema(SCHEMA.read_text("utf-8")).type_map)


async def test_a_typed_mutation_is_read_back_by_a_typed_query(client: Client) -> None:
    async with client as session:
        assert client.schema is not None
        types = DSLSchema(client.schema)
        creation = types.Mutation.createFlow(input={"name": "From gql", "durationDays": 14}).select(
            types.CreateFlowPayload.flow.select(types.Flow.id, types.Flow.name),
            types.CreateFlowPayload.refusals.select(types.Refusal.code),
        )
        written = (await session.execute(dsl_gql(DSLMutation(creation))))["createFlow"]
        query = types.Query.flows(first=5, where={"name": {"eq": "From gql"}}).select(
            types.FlowConnection.totalCount,
            types.FlowConnection.nodes.select(
                types.Flow.id, types.Flow.name, types.Flow.stages.select(types.StageConnection.totalCount)
            ),
        )
        read = (await session.execute(dsl_gql(DSLQuery(query))))["flows"]

    assert written["refusals"] == []
    assert written["flow"]["name"] == "From gql"
    assert read == {"totalCount": 1, "nodes": [{**written["flow"], "stages": {"totalCount": 0}}]}


async def test_a_document_with_a_wrong_field_is_caught_by_the_fetched_schema(client: Client) -> None:
    async with client as session:
        with pytest.raises(GraphQLError, match="Cannot query field 'colour' on type 'Flow'"):
            await session.execute(gql("{ flows { nodes { colour } } }"))
