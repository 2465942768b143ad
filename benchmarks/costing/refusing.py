"""What it costs to refuse documents that were made to hurt, and to accept the largest one that is within the limits."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

from benchmarks.costing.predicting import Door
from schema.derive.converter import JoinedSchema
from schema.execute.bounds import BOUNDS
from schema.execute.extent import measured
from schema.execute.limits import problems, read
from schema.execute.planned.keeping import Plans
from schema.execute.scanning import TOKEN
from schema.explaining import NOBODY
from schema.http import GraphQLEndpoint
from schema.revealing import Reveals
from tests.cost.builders import HIDDEN, REFUSED
from tests.engines.ground import Ground

TIMES: Final = 5
MILLI: Final = 1e3
BATCH: Final = [{"query": "{ __typename }"}] * 100
ROOTS: Final = 50


@dataclass(frozen=True)
class Refusal:
    """What was refused, by which code and limit, and milliseconds of CPU."""

    name: str
    code: str
    limit: str
    cpu: float


async def refusals(door: Door) -> list[Refusal]:
    """Ask each hostile document a few times."""
    asked: dict[str, Any] = {name: {"query": query} for name, (query, _) in REFUSED.items()}
    return [await refusal(door, name, body) for name, body in {**asked, "a batch of 100": BATCH}.items()]


async def hidden(ground: Ground) -> list[Refusal]:
    """Ask for the schema, and guess at it, as somebody who may not know it."""
    answering = replace(ground.answering(), reveals=Reveals.TO_PERMITTED)
    door = Door(GraphQLEndpoint(answering, None), await ground.company.person("VIEWER"))
    return [await refusal(door, f"{name}, without the right", {"query": query}) for name, (query, _) in HIDDEN.items()]


async def refusal(door: Door, name: str, body: Any) -> Refusal:
    """Ask one; of a few times the median counts."""
    took = list[float]()
    said: Mapping[str, Any] = {}
    for _ in range(TIMES):
        began = time.process_time()
        said = orjson.loads(await door.ask(orjson.dumps(body)))
        took.append(time.process_time() - began)
    told = said["errors"][-1]["extensions"]
    return Refusal(name, told["code"], told.get("limit", ""), MILLI * sorted(took)[TIMES // 2])


def largest(schema: GraphQLSchema) -> str:
    """Write a document that is close to all limits: as many fields, tokens and root fields as there may be."""
    user, flow, hire, entry = (leaves(schema, name) for name in ("User", "Flow", "NewHire", "Progress"))
    people = " ".join(f"{name} {{ {user} }}" for name in ("manager", "buddy", "hrOwner"))
    whole = f"{entry} newHire {{ {hire} flow {{ {flow} }} {people} }} reviewedBy {{ {user} }}"
    roots = " ".join(f"a{root}: progressEntries(first: 3) {{ nodes {{ {whole} }} }}" for root in range(ROOTS))
    return f"{{ {roots} }}"


def leaves(schema: GraphQLSchema, name: str) -> str:
    """Return the columns of a type that take no arguments."""
    kind = schema.get_type(name)
    assert isinstance(kind, GraphQLObjectType)
    return " ".join(
        each for each, field in kind.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args
    )


def accepting(joined: JoinedSchema) -> dict[str, float]:
    """Return the milliseconds that each step takes for the largest document, once."""
    text, took = largest(joined.core), dict[str, float]()

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        done = work()
        took[name] = MILLI * (time.process_time() - began)
        return done

    document = timed("looked over and parsed", lambda: read(text))
    assert timed("measured", lambda: measured(document, BOUNDS)) is None
    assert timed("validated", lambda: problems(joined.core, document)) == []
    plan, variables = timed("planned", lambda: Plans(joined).planned(NOBODY, text, document, None, {}))
    timed("pieced together", lambda: plan.root)
    price = timed("priced", lambda: plan.pricing.price(variables.coerced, whole=False))
    timed("priced again", lambda: plan.pricing.price(variables.coerced, whole=False))
    tokens, cost = sum(1 for _ in TOKEN.finditer(text)), price.requested
    reach = f"{tokens:,} tokens; {price.objects:,} objects, {cost:,} points"
    print(f"\nthe largest document: {len(text):,} characters, {reach}")
    return took
