"""Runs the embedded servers of a folder in a process that tests can kill; prints one line of JSON when they are ready.

python -m tests.embedded.a_supervisor <data folder>
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from db.embedded import EmbeddedServersFailed, embedded_servers


async def serve(folder: Path) -> None:
    async with embedded_servers(folder, progress=tell) as servers:
        print(json.dumps(asdict(servers)), flush=True)
        await asyncio.to_thread(sys.stdin.read)


def tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(serve(Path(sys.argv[1])))
    except EmbeddedServersFailed as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")
