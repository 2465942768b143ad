"""What is called over REST is never a fault, and answered as OpenAPI says: in calls made up by schemathesis.

./workgraph prove rest
python -m tests.proofs.rest --examples 200 --seed 7
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from openapi_spec_validator import validate

from app import one_schema
from schema.rest.openapi import openapi_of
from schema.rest.shipped import shipped
from tests.proofs.concluding import conclude
from tests.proofs.tenants import a_world
from tests.rest.fuzzing import made_up

EXAMPLES = 20


async def prove(examples: int, number: int) -> int:
    """Validate what is told, and call everything so often."""
    begin = time.perf_counter()
    openapi = openapi_of(one_schema().core, shipped(one_schema().core), "/rest", "Workgraph")
    validate(openapi)
    wrong = list[str]()
    async with a_world() as world:
        try:
            fuzzing = await made_up(world, openapi, examples, number=number)
        except BaseExceptionGroup as found:
            print(found)
            return conclude({}, [f"{type(each).__name__}: {each}" for each in found.exceptions])
    figures = {f"answered with {status}": str(count) for status, count in sorted(fuzzing.seen.items())}
    wrong += [f"nothing was answered with {each}" for each in (200, 201, 204, 404, 422) if not fuzzing.seen[each]]
    return conclude({**figures, "seconds": f"{time.perf_counter() - begin:.0f}"}, wrong)


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="calls of each address")
    parser.add_argument("--seed", type=int, default=0, help="another one makes up other calls")
    given = parser.parse_args(arguments)
    return asyncio.run(prove(given.examples, given.seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
