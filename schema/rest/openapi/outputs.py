"""JSON Schema of what is answered: exactly what a document selects, with what may be null and what may be left out."""

from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, SelectionSetNode, is_composite_type

from schema.execute.addressed.endpoint import Endpoint
from schema.execute.addressed.selected import TYPENAME, Fragments, chosen, objects_of
from schema.rest.openapi.inputs import NULL, Components, Json, an_object, described, or_null


class Answers:
    """Describes answers of documents in one schema."""

    def __init__(self, schema: GraphQLSchema, components: Components) -> None:
        self._schema, self._components = schema, components

    def of(self, endpoint: Endpoint) -> Json:
        """Return the schema of what an endpoint answers."""
        gives = endpoint.gives
        kind = gives.type.of_type if isinstance(gives.type, GraphQLNonNull) else gives.type
        made = self._strict(kind, list(gives.sets), endpoint.fragments, gives.without)
        return {"anyOf": [made, NULL]} if gives.may_be_null and not endpoint.reads else made

    def _shown(self, kind: Any, sets: list[SelectionSetNode], fragments: Fragments) -> Json:
        if isinstance(kind, GraphQLNonNull):
            return self._strict(kind.of_type, sets, fragments)
        return or_null(self._strict(kind, sets, fragments))

    def _strict(
        self,
        kind: Any,
        sets: list[SelectionSetNode],
        fragments: Fragments,
        without: frozenset[str] = frozenset(),
    ) -> Json:
        if isinstance(kind, GraphQLList):
            return {"type": "array", "items": self._shown(kind.of_type, sets, fragments)}
        if not is_composite_type(kind):
            return self._components.leaf(kind)
        options = [self._object(each, sets, fragments, without) for each in objects_of(self._schema, kind)]
        distinct = [each for place, each in enumerate(options) if each not in options[:place]]
        return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}

    def _object(
        self, kind: GraphQLObjectType, sets: list[SelectionSetNode], fragments: Fragments, without: frozenset[str]
    ) -> Json:
        fields, always = dict[str, Json](), list[str]()
        for key, each in chosen(self._schema, kind, sets, fragments).items():
            if key in without:
                continue
            shown = {"const": kind.name} if each.name == TYPENAME else self._shown(each.type, each.below, fragments)
            fields[key] = described(shown, each.description)
            always += [] if each.may_lack else [key]
        return an_object(fields, always)
