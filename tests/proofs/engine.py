"""Both engines give equal answers, and lists are what the rows say, however they are asked for.

Operations over the whole public schema are drawn with hypothesis, each towards what those before it have not used, and
asked of both engines, as several people, over the demo company with nulls in every column that may hold one. Then lists
are asked of the planned engine, and held against a third evaluator over Python lists. What differs is made as small as
it goes, and printed as a file for `tests/engines/cases/`.

    ./workgraph prove engine
    python -m tests.proofs.engine --operations 500 --questions 100
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from random import Random

from db.queue import install_queue
from tests.engines.coverage import FEATURES
from tests.engines.drawing import LENGTH, Drawing
from tests.engines.ground import PRINCIPALS, Ground, a_ground
from tests.engines.judging import Judge
from tests.engines.measuring import measured
from tests.engines.planting import PLANTS, WITHIN, Planted
from tests.engines.questions import Asking, Wrong
from tests.engines.trial import Trial
from tests.engines.two import planned as by_plan
from tests.engines.two import reference
from tests.proofs.tenants import PREFIX, a_world

OPERATIONS = 20_000
QUESTIONS = 3_000
MOST_FOUND = 5


async def compared(ground: Ground, count: int, first_seed: int) -> list[str]:
    """Ask both engines so many operations; return what is wrong."""
    trial = Trial(Judge.of(ground))
    begin = time.perf_counter()

    def told(line: str) -> None:
        print(f"{line}  {time.perf_counter() - begin:>6.0f} s", flush=True)

    await trial.run(count, most_found=MOST_FOUND, told=told, first_seed=first_seed)
    show(trial)
    wrong = [await trial.told()] if trial.found else []
    return wrong + trial.wanting()


def show(trial: Trial) -> None:
    """Print what was asked, and what was answered."""
    coverage = trial.coverage
    rows = {
        "asked as": {name: coverage.principals[name] for name in PRINCIPALS},
        "with": {name: coverage.features[name] for name in FEATURES},
        "errors": dict(coverage.codes.most_common()),
        "answers": {
            "with errors": coverage.with_errors,
            "with something hidden": coverage.with_hidden,
            "with a value": coverage.with_leaf,
            "with a list of two or more": coverage.with_list,
            "different": len(trial.found),
        },
    }
    for what, counts in rows.items():
        for name, count in counts.items():
            print(f"{what:<12} {name:<34} {count:>8}")


async def evaluated(ground: Ground, count: int, first_seed: int) -> list[str]:
    """Ask the planned engine for so many lists; return what is not as the rows say."""
    asking, random = Asking(ground, by_plan(ground.answering())), Random(first_seed)
    begin, pages, sums, wrong = time.perf_counter(), 0, 0, list[str]()
    for _ in range(count):
        drawing = Drawing(random.randbytes(LENGTH))
        try:
            pages += await asking.judge(asking.drawn(drawing), drawing)
            sums += await measured(asking, drawing)
        except Wrong as found:
            wrong.append(str(found))
            print(found, flush=True)
        if len(wrong) >= MOST_FOUND:
            break
    seconds = time.perf_counter() - begin
    asked = f"{count:>7} lists, {pages} pages, {sums} sums, held against the rows"
    print(f"{asked}: {len(wrong)} differences  {seconds:>6.0f} s", flush=True)
    return wrong


async def planted(ground: Ground) -> list[str]:
    """Plant each bug in the planned engine; return those that nobody found."""
    missed = list[str]()
    for name, plant in PLANTS.items():
        answering = ground.answering()
        trial = Trial(Judge(ground, Planted(by_plan(answering), plant), reference(answering)))
        await trial.run(WITHIN)
        print(f"{'found' if trial.found else 'MISSED':<12} {plant.__doc__}", flush=True)
        missed += [] if trial.found else [f"nobody has found {name} within {WITHIN} operations"]
    return missed


async def prove(operations: int, questions: int, first_seed: int) -> list[str]:
    """Run both trials."""
    async with a_world() as world:
        async with world.owner.begin() as connection:
            await install_queue(connection, PREFIX)
        ground = await a_ground(world)
        wrong = await evaluated(ground, questions, first_seed)
        return wrong + await planted(ground) + await compared(ground, operations, first_seed)


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--seed", type=int, default=0, help="another one asks for other things")
    given = parser.parse_args(arguments)
    wrong = asyncio.run(prove(given.operations, given.questions, given.seed))
    for each in wrong:
        print(f"FAILED: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
