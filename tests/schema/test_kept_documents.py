"""Which documents are kept as they were parsed: none from whose time somebody could tell what others look for."""

import pytest
from graphql import GraphQLError

from schema.execute import limits
from schema.execute.limits import LONGEST_KEPT, may_be_kept, parsed, problems, remembered_problems
from schema.execute.selections import document_of
from schema.root import make_schema

SCHEMA = make_schema().core
WELL = "query($id: ID!) { flow(id: $id) { name } }"


def test_a_document_whose_values_come_beside_it_is_parsed_once() -> None:
    assert parsed(WELL) is parsed(WELL)


@pytest.mark.parametrize("text", ['"somebody@example.com"', '"""somebody"""'])
def test_one_that_holds_a_text_is_parsed_each_time(text: str) -> None:
    query = f"{{ users(where: {{ email: {{ eq: {text} }} }}) {{ totalCount }} }}"
    assert not may_be_kept(query)
    assert parsed(query) is not parsed(query)


def test_a_long_one_is_not_kept() -> None:
    long = f"{WELL} #{'x' * LONGEST_KEPT}"
    assert parsed(long) is not parsed(long)


def test_what_is_wrong_with_one_is_told_each_time() -> None:
    wrong = "{ noSuchField }"
    for _ in range(2):
        [problem] = remembered_problems(SCHEMA, wrong, parsed(wrong))
        assert problem.message == "Cannot query field 'noSuchField' on type 'Query'."
        with pytest.raises(GraphQLError, match="Syntax Error"):
            parsed("{")


def test_that_nothing_is_wrong_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[object]()

    def noted(schema: object, document: object, bounds: object) -> list[GraphQLError]:
        asked.append(document)
        return problems(schema, document, bounds)  # type: ignore[arg-type]

    monkeypatch.setattr(limits, "problems", noted)
    limits._is_valid.cache_clear()
    assert [remembered_problems(SCHEMA, WELL, parsed(WELL)) for _ in range(3)] == [[], [], []]
    assert len(asked) == 1


def test_a_text_that_is_another_document_where_it_stands_is_validated_as_that() -> None:
    """A selection on an event, read as a query, may be a good one."""
    selection = "{ company { name } }"
    assert remembered_problems(SCHEMA, selection, parsed(selection)) == []
    [problem] = remembered_problems(SCHEMA, selection, document_of(selection, "Event"))
    assert problem.message == "Cannot query field 'company' on type 'Event'."
