"""JSON Schema of what is given: scalars, enums, lists, and input objects as components, as they may hold themselves."""

from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    is_required_input_field,
)

Json = dict[str, Any]
INTEGER: Final[Json] = {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1}
SCALARS: Final[dict[str, Json]] = {
    "Int": INTEGER,
    "Float": {"type": "number", "format": "double"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "ID": {"type": "string"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "LocalTime": {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$"},
    "Decimal": {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?$", "maxLength": 40},
    "EmailAddress": {"type": "string", "format": "email"},
    "URL": {"type": "string", "format": "uri"},
    "TimeZone": {"type": "string", "examples": ["Europe/Berlin"]},
    "CountryCode": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "CurrencyCode": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "HexColor": {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"},
    "JSON": {"type": "object"},
    "JSONValue": {},
}
NULL: Final[Json] = {"type": "null"}


def or_null(schema: Json) -> Json:
    """Let a value also be null."""
    kind = schema.get("type")
    if schema == {}:
        return schema
    return {**schema, "type": [kind, "null"]} if isinstance(kind, str) else {"anyOf": [schema, NULL]}


def described(schema: Json, description: str | None) -> Json:
    """Add what a value means."""
    return {**schema, "description": description} if description else schema


class Components:
    """The schemas that have names; each is made when it is first referred to."""

    def __init__(self) -> None:
        self.schemas: dict[str, Json] = {}

    def ref(self, name: str, schema: Json | None = None) -> Json:
        """Refer to a component, which is added if it is given."""
        if schema is not None:
            self.schemas[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    def leaf(self, kind: GraphQLNamedType) -> Json:
        """Return the schema of a scalar or an enum."""
        if isinstance(kind, GraphQLScalarType):
            return SCALARS[kind.name]
        assert isinstance(kind, GraphQLEnumType)
        return self.ref(kind.name, None if kind.name in self.schemas else _enum(kind))

    def given(self, kind: GraphQLInputType) -> Json:
        """Return the schema of a value that is given."""
        if isinstance(kind, GraphQLNonNull):
            return self._strict(kind.of_type)
        return or_null(self._strict(kind))

    def _strict(self, kind: Any) -> Json:
        if isinstance(kind, GraphQLList):
            return {"type": "array", "items": self.given(kind.of_type)}
        if not isinstance(kind, GraphQLInputObjectType):
            return self.leaf(kind)
        if kind.name not in self.schemas:
            self.schemas[kind.name] = {}
            self.schemas[kind.name] = self._one_of(kind) if kind.is_one_of else self._object(kind)
        return self.ref(kind.name)

    def _object(self, kind: GraphQLInputObjectType) -> Json:
        fields = {name: described(self.given(each.type), each.description) for name, each in kind.fields.items()}
        needed = [name for name, each in kind.fields.items() if is_required_input_field(each)]
        return an_object(fields, needed, kind.description)

    def _one_of(self, kind: GraphQLInputObjectType) -> Json:
        """Describe an input of which exactly one field is given, and not as null."""
        options = [
            an_object({name: described(self._strict(each.type), each.description)}, [name])
            for name, each in kind.fields.items()
        ]
        return described({"oneOf": options}, kind.description)


def an_object(fields: dict[str, Json], needed: list[str], description: str | None = None) -> Json:
    """Return the schema of an object that has these fields and no others."""
    schema: Json = {"type": "object", "properties": fields, "additionalProperties": False}
    return described({**schema, "required": needed} if needed else schema, description)


def _enum(kind: GraphQLEnumType) -> Json:
    told = [f"- `{name}`: {each.description}" for name, each in kind.values.items() if each.description]
    description = "\n".join([kind.description or "", *told]).strip()
    return described({"type": "string", "enum": [*kind.values]}, description)
