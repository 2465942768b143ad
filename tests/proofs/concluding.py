"""What a proof prints at its end: its figures, and what was seen to be wrong."""

from collections.abc import Iterable, Mapping


def conclude(figures: Mapping[str, str], wrong: Iterable[str]) -> int:
    """Print both, each thing that is wrong once; return the status to end with."""
    for name, figure in figures.items():
        print(f"{name:<60} {figure}")
    failed = sorted(set(wrong))
    for line in failed:
        print(f"FAILED: {line}")
    return 1 if failed else 0
