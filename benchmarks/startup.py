"""How long a process takes to be ready, at 4, 100 and 425 synthetic entities of 14 columns and 4 relations.

Each size is measured in fresh processes on one core, the best of several: importing the program, declaring the models
and configuring their mappers, building the GraphQL schema, and all of it from the start of the interpreter to the
point where requests can be answered. Goals, at 425: the schema under 1.5 s, the whole process under 4 s.
"""

import gc
import itertools
import json
import os
import resource
import subprocess
import sys
import time

SIZES = (4, 100, 425)
ROUNDS = 3
SCHEMA_GOAL, READY_GOAL = 1.5, 4.0


def main() -> int:
    """Measure every size, print the table, and say whether the goals are reached."""
    results = [_best(size) for size in SIZES]
    print(f"{'entities':>9} {'import':>8} {'models':>8} {'schema':>8} {'ready':>8} {'types':>7} {'memory':>9}")
    for result in results:
        print(
            f"{result['entities']:>9} {result['import']:>7.2f}s {result['models']:>7.2f}s {result['schema']:>7.2f}s"
            f" {result['ready']:>7.2f}s {result['types']:>7} {result['memory']:>6} MB"
        )
    largest = results[-1]
    reached = largest["schema"] < SCHEMA_GOAL and largest["ready"] < READY_GOAL
    print(
        f"\ngoals at {largest['entities']}: schema < {SCHEMA_GOAL} s, ready < {READY_GOAL} s:"
        f" {'reached' if reached else 'MISSED'}"
    )
    return 0 if reached else 1


def _best(size: int) -> dict[str, float]:
    return min((_measured(size) for _ in range(ROUNDS)), key=lambda result: result["ready"])


def _measured(size: int) -> dict[str, float]:
    """Run one fresh process, held to one core."""
    begin = time.time()
    command = [sys.executable, "-m", "benchmarks.startup", str(size), str(begin)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(size: int, begin: float) -> dict[str, float]:
    """Do in this process what a server does before its first answer, and time the parts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    gc.disable()
    clock = [time.perf_counter()]

    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415

    import app  # noqa: PLC0415 - importing is what is measured
    from benchmarks.synthetic import synthetic_domain  # noqa: PLC0415
    from schema.root import DOMAINS, make_schema  # noqa: PLC0415

    assert app.make_app
    clock.append(time.perf_counter())
    _, domain = synthetic_domain(size)
    configure_mappers()
    clock.append(time.perf_counter())
    schema = make_schema([*DOMAINS, domain])
    clock.append(time.perf_counter())
    imported, models, built = (later - earlier for earlier, later in itertools.pairwise(clock))
    return {
        "entities": size,
        "import": imported,
        "models": models,
        "schema": built,
        "ready": time.time() - begin,
        "types": len(schema.registry.types),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), float(sys.argv[2]))))
