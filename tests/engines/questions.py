"""Questions about one list, drawn: which, matching what, in which order, and which parts of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLObjectType, get_named_type

from resolvers import ids
from tests.engines.conditions import Shapes
from tests.engines.coverage import Coverage
from tests.engines.drawing import Drawing
from tests.engines.ground import Ask, Ground, Operation
from tests.engines.naive.matching import Matching
from tests.engines.naive.ordering import Ordering, Window, window
from tests.engines.naive.rows import Kind, Row
from tests.engines.operations import Known
from tests.engines.paging import connections
from tests.engines.reach import Wanted
from tests.engines.values import ANY, Values

LARGEST: Final = 200
STEERED: Final = 20
SELECTED: Final = (
    "totalCount nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
)


@dataclass(frozen=True)
class Listed:
    """A list: the field that returns it, of what, and within what."""

    owner: str
    field: str
    kind: Kind
    via: str | None
    parent: Row | None

    def operation(self, declared: str, page: str, variables: dict[str, Any]) -> Operation:
        """Ask for a page of it, of whatever form."""
        if self.parent is None:
            return Operation(f"query({declared}) {{ {page} }}", variables)
        own = ids.encode(self.owner, self.parent["id"])
        document = f"query($id: ID!, {declared}) {{ node(id: $id) {{ ... on {self.owner} {{ {page} }} }} }}"
        return Operation(document, {**variables, "id": own})

    def page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The page in an answer."""
        return body["data"]["page"] if self.parent is None else body["data"]["node"]["page"]


@dataclass(frozen=True)
class Question:
    """A list, and what is asked of it."""

    listed: Listed
    where: Any
    order: Any

    def operation(self, arguments: dict[str, Any]) -> Operation:
        """Ask for one part of it."""
        kind = self.listed.kind.name
        given = {"where": self.where, "orderBy": self.order, **arguments}
        variables = {name: value for name, value in given.items() if value is not None}
        declared = (
            f"$where: {kind}Filter, $orderBy: [{kind}Order!], $first: Int, $last: Int, $after: String, $before: String"
        )
        passed = "where: $where, orderBy: $orderBy, first: $first, last: $last, after: $after, before: $before"
        return self.listed.operation(declared, f"page: {self.listed.field}({passed}) {{ {SELECTED} }}", variables)


class Wrong(AssertionError):
    """A list is not what it must be."""

    def __init__(self, operation: Operation, what: str, expected: Any, found: Any) -> None:
        super().__init__(f"{what}\n  expected: {expected}\n  found:    {found}\n  {operation}")


class Asking:
    """Asks questions of an engine, and compares the answers with what the rows say."""

    def __init__(self, ground: Ground, ask: Ask) -> None:
        self.ground, self._ask = ground, ask
        self.known = Known.of(ground)
        self.coverage = Coverage(ground.schema)
        self._matching, self._ordering = Matching(ground.rows), Ordering(ground.rows)
        self._lists = list(self._all_lists())

    def _all_lists(self) -> Iterator[tuple[str, str, str]]:
        for kind in self.known.reach.outputs.values():
            if isinstance(kind, GraphQLObjectType):
                for name, field in connections(kind):
                    yield kind.name, name, get_named_type(field.type).name.removesuffix("Connection")

    def drawn(self, drawing: Drawing) -> Question:
        """Draw a question, rather about what was not asked yet."""
        weights = {each: 1 + 4 * (f"{each[0]}.{each[1]}" in self.known.wanted.open) for each in self._lists}
        owner, field, name = drawing.weighed(weights)
        values = Values(drawing, self.known.samples, self.known.wanted, plain=True, shapes=Shapes())
        inputs = self.known.reach.inputs
        where = values.value(inputs[f"{name}Filter"], (), ANY, 0) if drawing.chance(75) else None
        terms = range(drawing.of((1, 2, 0, 3)))
        order = [values.value(inputs[f"{name}Order"], (), ANY, 0) for _ in terms] if drawing.chance(75) else None
        return Question(self._listed(drawing, owner, field, name), where, order)

    def _listed(self, drawing: Drawing, owner: str, field: str, name: str) -> Listed:
        rows = self.ground.rows
        kind = rows.kinds[name]
        if owner not in rows.kinds:
            return Listed(owner, field, kind, None, None)
        _, column = rows.kinds[owner].to_many[field]
        return Listed(owner, field, kind, column, drawing.of(rows.of[owner]))

    async def judge(self, question: Question, drawing: Drawing) -> int:
        """Compare the list, and some parts of it, with what they must be; return how many pages were compared."""
        expected = self.expected(question)
        cursors = await self._whole(question, expected)
        for _ in range(3):
            await self._part(question, expected, cursors, drawing)
        return 3 + 1 + len(expected) // LARGEST

    async def answered(self, operation: Operation) -> dict[str, Any]:
        """Ask what has an answer without errors."""
        body = await self.ground.body(self._ask, operation)
        if "errors" in body or "died" in body:
            raise Wrong(operation, "no answer", "a page", body)
        self.coverage.note(operation, body)
        if self.coverage.operations % STEERED == 0:
            self.known.wanted = Wanted(self.known.reach, frozenset(self.coverage.used))
        return body

    def found(self, listed: Listed, where: Any) -> list[Row]:
        """The rows of a list that match."""
        among: Sequence[Row] = self.ground.rows.of[listed.kind.name]
        if listed.parent is not None and listed.via is not None:
            among = [row for row in among if row[listed.via] == listed.parent["id"]]
        return self._matching.found(listed.kind, where, among)

    def expected(self, question: Question) -> list[str]:
        """The ids of the list, in order."""
        listed, found = question.listed, self.found(question.listed, question.where)
        ordered = self._ordering.ordered(listed.kind, question.order or [], found, listed.via)
        return [ids.encode(listed.kind.name, row["id"]) for row in ordered]

    async def _whole(self, question: Question, expected: list[str]) -> list[str]:
        """Read the list from its beginning to its end, by its cursors."""
        cursors, after = list[str](), None
        while True:
            page = await self._page(question, expected, {"first": LARGEST, "after": after}, len(cursors))
            cursors += [each["cursor"] for each in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return cursors

    async def _page(
        self, question: Question, expected: list[str], arguments: dict[str, Any], at: int
    ) -> dict[str, Any]:
        whole = window(len(expected), at - 1 if at else None, None, LARGEST, backwards=False)
        return await self._compared(question, expected, arguments, whole)

    async def _part(self, question: Question, expected: list[str], cursors: list[str], drawing: Drawing) -> None:
        """Read a part between two places, or from one on."""
        after = drawing.upto(len(cursors) - 1) if cursors and drawing.chance(50) else None
        least = 0 if after is None else after + 1
        before = least + drawing.upto(len(cursors) - 1 - least) if least < len(cursors) and drawing.chance(40) else None
        size, backwards = drawing.of((1, 2, 3, 0, 7)), drawing.chance(50)
        arguments = {
            "last" if backwards else "first": size,
            "after": None if after is None else cursors[after],
            "before": None if before is None else cursors[before],
        }
        part = window(len(expected), after, before, size, backwards=backwards)
        await self._compared(question, expected, arguments, part)

    async def _compared(
        self, question: Question, expected: list[str], arguments: dict[str, Any], part: Window
    ) -> dict[str, Any]:
        operation = question.operation(arguments)
        body = await self.answered(operation)
        page = question.listed.page(body)
        told = {
            "ids": ([each["id"] for each in page["nodes"]], expected[part.start : part.end]),
            "totalCount": (page["totalCount"], part.whole),
            "hasNextPage": (page["pageInfo"]["hasNextPage"], part.has_next),
            "hasPreviousPage": (page["pageInfo"]["hasPreviousPage"], part.has_previous),
        }
        for what, (found, wanted) in told.items():
            if found != wanted:
                raise Wrong(operation, what, wanted, found)
        return page
