"""The strategy: whole operations, of one principal, with their fragments and variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from schema.derive.fields import declaration_of
from tests.engines.conditions import Shapes
from tests.engines.drawing import TAPES, Drawing
from tests.engines.ground import HIRE, MANAGER, NARROW, NOBODY, OWNER, VIEWER, Ground, Operation
from tests.engines.paging import Cursors, Paging
from tests.engines.places import Budget, Place
from tests.engines.reach import Reach, Wanted
from tests.engines.selections import Selections
from tests.engines.values import Samples, Values, samples_of

WHO: Final = {OWNER: 66.0, MANAGER: 12.0, VIEWER: 8.0, HIRE: 6.0, NARROW: 6.0, NOBODY: 2.0}
MOSTLY_OWNER: Final = {OWNER: 80.0, VIEWER: 10.0, NARROW: 10.0}
FIELDS: Final = 75
OF_ROWS: Final = 20
"""Percent of the operations that ask for nothing but what one statement could write."""

BARRED: Final = 0.01
"""How readily a field is asked for by somebody who may not read it: such fields are many, and the others few."""

ANYTHING: Final = frozenset({"node", "nodes"})
"""Fields that answer everybody, and those with nothing to see with nothing."""
INTROSPECTION: Final = (
    "__schema { queryType { name } types { name kind } }",
    '__type(name: "Flow") { name kind fields(includeDeprecated: true) { name type { kind name ofType { name } } } }',
    '__type(name: "StringComparison") { inputFields { name defaultValue type { name } } }',
    '__type(name: "NothingLikeIt") { name }',
    "__schema { directives { name locations args { name } } }",
)


@dataclass
class Known:
    """What operations are drawn from, fixed for one round: what there is, which cursors were given, what is wanted."""

    ground: Ground
    reach: Reach
    samples: Samples
    wanted: Wanted
    cursors: Cursors = field(default_factory=Cursors)

    @classmethod
    def of(cls, ground: Ground) -> "Known":
        """What is known before anything was asked."""
        reach = Reach(ground.schema)
        samples = samples_of(ground.rows, ground.own, ground.foreign)
        return cls(ground, reach, samples, Wanted(reach))


def operations(known: Known) -> st.SearchStrategy[Operation]:
    """Operations over everything that queries reach."""
    return TAPES.map(lambda tape: Writing(known, Drawing(tape)).operation())


class Writing:
    """Writes one operation."""

    def __init__(self, known: Known, drawing: Drawing) -> None:
        self._known, self._drawing = known, drawing
        self._schema = known.ground.schema
        self._values = Values(drawing, known.samples, known.wanted, shapes=Shapes())

    def operation(self) -> Operation:
        """The whole operation."""
        only_rows = self._drawing.chance(OF_ROWS)
        paging = Paging(self._values, self._known.cursors, onwards=only_rows)
        principal = self._drawing.weighed(MOSTLY_OWNER if only_rows else WHO)
        may = self._may(principal)
        selections = Selections(self._schema, self._values, paging, Budget(FIELDS), may, only_rows=only_rows)
        root = self._schema.query_type
        assert root is not None
        body = selections.at_root(Place(root), 3 if only_rows else 4 + self._drawing.upto(2))
        if not only_rows and self._drawing.chance(3):
            body = body[:-1] + self._drawing.of(INTROSPECTION) + " }"
        return self._whole(body, selections, principal)

    def _whole(self, body: str, selections: Selections, principal: str) -> Operation:
        variables = self._values.variables
        name = self._drawing.of(("", "Asked"))
        declared = f"({', '.join(variables.declared)})" if variables.declared else ""
        parts = [f"query {name}{declared} {body}", *selections.fragments.texts.values()]
        if name and self._drawing.chance(10):
            parts.append("query Other { __typename }")
            return Operation("\n".join(parts), variables.given, principal, name)
        return Operation("\n".join(parts), variables.given, principal)

    def _may(self, principal: str) -> Mapping[str, float]:
        """How readily each field of the root is asked for, by somebody who may or may not read it."""
        asking = self._known.ground.askings[principal]
        root = self._schema.query_type
        assert root is not None
        weights = dict[str, float]()
        for name, each in root.fields.items():
            declared = declaration_of(each)
            needs, module = getattr(declared, "needs", None), getattr(declared, "module", None)
            barred = needs is not None and not asking.principal.can(needs)
            absent = module is not None and module not in asking.tenant.modules
            nothing = name in ANYTHING and principal in {HIRE, NOBODY}
            weights[f"{root.name}.{name}"] = BARRED if barred or absent or nothing else 1
        return weights
