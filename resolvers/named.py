"""Named events: what has happened in the words of the business, beside the rows that were written for it.

A named event is a frozen dataclass, declared with its type and with the model that it is about. Its docstring describes
it; each field is `Annotated[type, "meaning."]`, an id is `Annotated[UUID, Names("User"), "meaning."]`. What may be None
is left out of an event where it is. A name that Python keeps for itself ends in `_` here, and without it in the event.

Only what is declared can be published, so that the declarations are all there is to know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from db.base import TenantOwned

Shape = TypeVar("Shape", bound=type[Any])


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """One declaration: the name of the type, the model that it is about, the version of its data, and the dataclass."""

    name: str
    about: type[TenantOwned]
    version: int
    shape: type[Any]


_DECLARED: Final[dict[type[Any], NamedEvent]] = {}


def named(name: str, *, about: type[TenantOwned], version: int = 1) -> Callable[[Shape], Shape]:
    """Declare a named event. Raise `version` when the meaning of its data changes; a new field changes nothing."""

    def declare(shape: Shape) -> Shape:
        if name in declarations():
            message = f"there is a named event {name!r} already"
            raise ValueError(message)
        _DECLARED[shape] = NamedEvent(name, about, version, shape)
        return shape

    return declare


def declarations() -> Mapping[str, NamedEvent]:
    """Return every named event that is declared, by its name."""
    return {each.name: each for each in _DECLARED.values()}


def named_as(shape: type[Any]) -> NamedEvent:
    """Return the declaration of a dataclass."""
    if shape not in _DECLARED:
        message = f"{shape.__name__} is no declared event: put @named(<name>, about=<model>) above its dataclass"
        raise TypeError(message)
    return _DECLARED[shape]


def facts_of(happened: object, about: TenantOwned) -> tuple[NamedEvent, dict[str, Any]]:
    """Return the declaration of an event and its facts; one that does not fit its declaration is a bug."""
    declared = named_as(type(happened))
    if not isinstance(about, declared.about):
        message = f"{declared.name} is about a {declared.about.__name__}, and not about a {type(about).__name__}"
        raise TypeError(message)
    kinds = _kinds(declared.shape)
    facts = {name: getattr(happened, name) for name in kinds}
    for name, kind in kinds.items():
        if not isinstance(facts[name], kind):
            message = f"{declared.name}: {name} is {kind}, and not {facts[name]!r}"
            raise TypeError(message)
    return declared, {stored_name(name): value for name, value in facts.items() if value is not None}


def stored_name(name: str) -> str:
    """Return the name of a fact in the event."""
    return name.removesuffix("_")


@cache
def _kinds(shape: type[Any]) -> Mapping[str, Any]:
    hints = get_type_hints(shape)
    return {each.name: hints[each.name] for each in fields(shape)}
