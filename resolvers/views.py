"""Views: answers that are worked out and are no entity, such as a funnel or a new hire's session.

A view is a frozen dataclass. Its docstring describes the type; each field is `Annotated[type, "meaning."]`, an id is
`Annotated[UUID, Names("Stage"), "meaning."]`; a `Deprecated` in there announces that the field goes. A method marked
with `shown` is a field that takes arguments. The API derives the type from it.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

from db.deprecation import Deprecated
from resolvers.operation import Parameter, parameter_of, unwrapped

Method = TypeVar("Method", bound=Callable[..., Any])


if TYPE_CHECKING:
    JsonValue = Any
    AnyId = str
else:

    class AnyId:
        """An id of the API, written out already, of whatever type."""

    class JsonValue:
        """Any JSON value, as the type of a field or of an argument: text, number, boolean, list, object or null."""


MARK: Final = "__shown__"


@dataclass(frozen=True, slots=True)
class ViewField:
    """One field of a view: its name, its type, what it means, what its ids name, its end, and its arguments."""

    name: str
    kind: Any
    meaning: str
    names: str | None
    deprecated: Deprecated | None = None
    arguments: Sequence[Parameter] = ()
    method: bool = False


def shown(method: Method) -> Method:
    """Mark a method of a view as a field with arguments; its docstring is the description."""
    setattr(method, MARK, True)
    return method


def is_view(kind: Any) -> bool:
    """Tell whether a type is a view."""
    return inspect.isclass(kind) and is_dataclass(kind)


def fields_of(view: type[Any]) -> Sequence[ViewField]:
    """Return the public fields of a view: those that say what they mean, then the methods that are marked."""
    hints = get_type_hints(view, include_extras=True)
    plain = [ViewField(each.name, *unwrapped(hints[each.name])) for each in fields(view)]
    methods = [member for _, member in inspect.getmembers(view, inspect.isfunction) if hasattr(member, MARK)]
    return [*(each for each in plain if each.meaning), *(_method(each) for each in methods)]


def _method(method: Callable[..., Any]) -> ViewField:
    signature = inspect.signature(method)
    kind, _, names, deprecated = unwrapped(signature.return_annotation)
    arguments = [parameter_of(each) for each in list(signature.parameters.values())[1:]]
    meaning = inspect.cleandoc(method.__doc__ or "")
    return ViewField(method.__name__, kind, meaning, names, deprecated, arguments, method=True)
