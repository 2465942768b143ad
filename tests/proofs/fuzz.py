"""Thousands of documents that schemathesis makes up are answered as the schema says, and by no fault.

For every field of the roots: documents that fit the schema, and documents that do not, asked as the owner of a company
that has something of everything. Each answer is held against document and schema.

    ./workgraph prove fuzz
    python -m tests.proofs.fuzz --examples 5 --seed 7
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence

import structlog

from tests.engines.ground import a_ground
from tests.fuzzing.conforming import wrong_with
from tests.fuzzing.generating import made
from tests.proofs.tenants import a_world


async def prove(examples: int, seed: int) -> int:
    """Ask each document; return how many answers were wrong."""
    structlog.configure(processors=[unsaid])
    counted, wrong = Counter[str](), 0
    async with a_world() as world:
        ground = await a_ground(world)
        owner = await ground.company.person("OWNER")
        ids = [each for some in (*ground.own.values(), *ground.foreign.values()) for each in some[:3]]
        schema = world.parts.answering().schema.core
        for each in made(examples, seeded=seed, ids=ids):
            answer = await owner.ask(each.text)
            counted[f"{each.mode.value}, {'data' if 'data' in answer.body else 'refused'}"] += 1
            found = wrong_with(schema, each.text, answer.body)
            if answer.response.status_code >= 500:
                found.append(f"status {answer.response.status_code}")
            if found:
                wrong += 1
                print(f"FAILED: {each.operation}: {found[:3]}\n{each.text}\n", flush=True)
    for name, number in sorted(counted.items()):
        print(f"{name:<24} {number:>7,}")
    return wrong


def unsaid(_: object, __: str, ___: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Leave the log unwritten."""
    raise structlog.DropEvent


def main(arguments: Sequence[str] = ()) -> int:
    """Run the proof."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=20, help="how many documents of each kind, for each field")
    parser.add_argument("--seed", type=int, default=1, help="which documents")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    wrong = asyncio.run(prove(given.examples, given.seed))
    print(f"{wrong} answers were wrong; {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
