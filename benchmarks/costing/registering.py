"""What a registered document adds to a request, or saves: the same question as text and by its id, in turns."""

import time
from typing import Final

import orjson

from benchmarks.costing.predicting import MICRO, Door
from tests.documents.builders import a_client, named, published
from tests.engines.ground import Ground

QUESTION: Final = "query Named($id: ID!) { flow(id: $id) { id name status durationDays updatedAt } }"
TURNS: Final = 7
TIMES: Final = 400


async def forms(ground: Ground, door: Door) -> dict[str, float]:
    """Return the microseconds of this process's CPU that a request takes, in each form."""
    owner = await ground.company.person("OWNER")
    await published(owner, await a_client(owner), [QUESTION])
    variables = {"id": (await owner.ask("{ flows(first: 1) { nodes { id } } }")).data["flows"]["nodes"][0]["id"]}
    asked = {
        "as text": orjson.dumps({"query": QUESTION, "variables": variables}),
        "by its id": orjson.dumps({"documentId": named(QUESTION), "variables": variables}),
    }
    answers = {await door.ask(body) for body in asked.values()}
    if len(answers) != 1:
        raise RuntimeError(f"answered differently: {answers}")
    took: dict[str, list[float]] = {form: [] for form in asked}
    for _ in range(TURNS):
        for form, body in asked.items():
            took[form].append(await _turn(door, body))
    return {form: sorted(each)[TURNS // 2] for form, each in took.items()}


async def _turn(door: Door, body: bytes) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        await door.ask(body)
    return MICRO * (time.process_time() - began) / TIMES
