"""Runs in a copy: `python -m tests.docs.commands LINE ...` runs commands of a page, one after another."""

import shlex
import sys

import cli


def run(line: str) -> None:
    """Run one command as `./workgraph` does, and end when it fails."""
    sys.argv = shlex.split(line)
    try:
        cli.main()
    except SystemExit as ended:
        if ended.code:
            raise


if __name__ == "__main__":
    for each in sys.argv[1:]:
        run(each)
