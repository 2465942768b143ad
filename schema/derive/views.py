"""The types of what is worked out: views, and whatever a reading, a computed field or a payload's field holds.

A Python annotation becomes a GraphQL type: a scalar, an enum, a view, an entity, a list of these, or one that may be
null. A view's fields are its dataclass's, and the methods that it marks as fields with arguments.
"""

import inspect
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableOutputType,
    GraphQLObjectType,
)

from db.base import TenantOwned
from db.choices import Choice
from db.deprecation import text_of
from resolvers.operation import Parameter
from resolvers.views import ViewField, fields_of, is_view
from schema.derive.names import camel
from schema.derive.registry import Registry, first_paragraph
from schema.derive.scalars import OF_PYTHON
from schema.execute import worked_out


def return_type(function: Callable[..., Any]) -> Any:
    """Return the annotation of what a function returns."""
    return inspect.signature(function).return_annotation


def output_type(registry: Registry, kind: Any) -> tuple[GraphQLNullableOutputType, bool]:
    """Return the GraphQL type of a Python annotation, and whether it admits None."""
    if get_origin(kind) in {Union, types.UnionType}:
        [inner] = [each for each in get_args(kind) if each is not type(None)]
        return output_type(registry, inner)[0], type(None) in get_args(kind)
    if get_origin(kind) is list:
        inner, nullable = output_type(registry, get_args(kind)[0])
        return GraphQLList(inner if nullable else GraphQLNonNull(inner)), False
    return _named_type(registry, kind), False


def _named_type(registry: Registry, kind: Any) -> GraphQLNullableOutputType:
    if is_view(kind):
        return view_type(registry, kind)
    if kind is TenantOwned:
        return registry.types["Node"]  # pyright: ignore[reportReturnType] - it is an interface
    if inspect.isclass(kind) and issubclass(kind, TenantOwned):
        return registry.types[registry.entity_of(kind).name]  # pyright: ignore[reportReturnType] - an entity's type is an object
    if inspect.isclass(kind) and issubclass(kind, Choice):
        return registry.enum(kind)
    return OF_PYTHON[kind]


def view_type(registry: Registry, view: type[Any]) -> GraphQLObjectType:
    """Return the object type of a view."""
    return registry.once(
        view.__name__,
        lambda: GraphQLObjectType(
            view.__name__,
            lambda: {camel(each.name): _field(registry, each) for each in fields_of(view)},
            description=first_paragraph(view.__doc__),
        ),
    )


def _field(registry: Registry, declared: ViewField) -> GraphQLField:
    kind, nullable = output_type(registry, declared.kind)
    return GraphQLField(
        kind if nullable else GraphQLNonNull(kind),
        args={camel(each.name): argument(registry, each) for each in declared.arguments},
        resolve=worked_out.called(declared) if declared.method else worked_out.attribute(declared),
        description=declared.meaning,
        deprecation_reason=text_of(declared.deprecated),
    )


def argument(registry: Registry, parameter: Parameter) -> GraphQLArgument:
    """Return the argument of a field of a view, or of a reading."""
    kind, nullable = output_type(registry, parameter.kind)
    given: Any = kind if nullable or not parameter.required else GraphQLNonNull(kind)
    return GraphQLArgument(
        given, out_name=parameter.name, description=parameter.meaning, deprecation_reason=parameter.deprecation
    )
