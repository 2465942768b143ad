"""Keeps operations that engines once answered differently, in files, so that they are asked for good.

Ids and cursors differ from run to run. In a file stands `<Flow 3>` for the fourth flow by age, `<other Flow 0>` for one
of another company, and `<cursor Flow.stages 1>` for the second cursor that the first pages of a list give.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.engines.ground import Ground, Operation
from tests.engines.paging import Cursors

FOLDER: Final = Path(__file__).parent / "cases"
SYMBOL: Final = re.compile(r"<[\w. ]+ \d+>")


@dataclass(frozen=True)
class Symbols:
    """What stands for what."""

    symbols: Mapping[str, str]
    """The symbol of each text of this run."""

    @classmethod
    def of(cls, ground: Ground, cursors: Cursors) -> "Symbols":
        """Name the ids of a company and the cursors that were given first."""
        named = {
            each: f"<other {name} {place}>" for name, some in ground.foreign.items() for place, each in enumerate(some)
        }
        named |= {each: f"<{name} {place}>" for name, some in ground.own.items() for place, each in enumerate(some)}
        for coordinate, places in cursors.given.items():
            named |= {each.cursor: f"<cursor {coordinate} {place}>" for place, each in enumerate(places)}
        return cls(named)

    def written(self, operation: Operation, because: str) -> str:
        """Write an operation as a file."""
        facts = {
            "because": because,
            "principal": operation.principal,
            "name": operation.name,
            "document": operation.document.splitlines(),
            "variables": dict(operation.variables),
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False)
        for text_of_now, symbol in self.symbols.items():
            text = text.replace(text_of_now, symbol)
        return text + "\n"

    def read(self, text: str) -> Operation:
        """Read an operation from a file."""
        meant = {symbol: each for each, symbol in self.symbols.items()}
        facts: dict[str, Any] = json.loads(SYMBOL.sub(lambda found: meant.get(found[0], found[0]), text))
        document = "\n".join(facts["document"])
        return Operation(document, facts["variables"], facts["principal"], facts["name"])


def case_files() -> list[Path]:
    """Every file."""
    return sorted(FOLDER.glob("*.json"))
