"""How a business operation is declared: a named verb over models, with what it needs, refuses and emits.

The declaration is data. From it the API derives the mutation with its input, payload, description and price, and the
edge (`resolvers.edge`) derives the checks. Calling the operation runs the state machine's checks, then the function,
then moves the status and publishes the move's event.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Protocol, get_args, get_origin

from sqlalchemy import Column

from auth.permissions import require
from db.base import TenantOwned
from db.columns import policy_of
from db.deprecation import Deprecated, text_of
from resolvers.context import Context, Looking
from resolvers.refusals import IllegalTransition, Refused
from resolvers.scopes import belongs_of
from resolvers.state import Move


@dataclass(frozen=True, slots=True)
class Names:
    """Says of a UUID which type it names: `Annotated[UUID, Names("Stage"), "The stage."]` is an ID in the API."""

    type_name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an operation: its name, its type as annotated, what it means, and whether it must be given.

    `names` is the type that an id names which is handed on as it is: not loaded, and not locked.
    """

    name: str
    kind: Any
    meaning: str
    required: bool
    names: str | None = None
    deprecated: Deprecated | None = None

    def __post_init__(self) -> None:
        """Refuse what nobody could follow: an argument that has to be given, and is not to be used any more."""
        if self.required and self.deprecated:
            message = f"{self.name} must be given, so it cannot be deprecated: let it be left out first"
            raise ValueError(message)

    @property
    def deprecation(self) -> str | None:
        """Why it is deprecated, as the API states it: itself, or the column whose value it is and may be left out."""
        if self.column is not None and not self.required:
            return text_of(self.deprecated or policy_of(self.column).deprecated)
        return text_of(self.deprecated)

    @property
    def column(self) -> Column[Any] | None:
        """The column, where the argument is the value of one."""
        return self.kind if isinstance(self.kind, Column) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - a kind is anything

    @property
    def takes_null(self) -> bool:
        """Whether null is a value of it; if not, null stands for having been left out."""
        return NoneType in get_args(self.kind)

    @property
    def is_plain(self) -> bool:
        """Whether it names nothing: the value of a column, or of a type of Python."""
        return self.names is None and (self.column is not None or not _models_in(self.kind))

    @property
    def model(self) -> type[TenantOwned] | None:
        """The model, where the argument is an entity, or none where it may be null; it is an id on the wire."""
        options = [each for each in get_args(self.kind) if each is not NoneType] if self.takes_null else [self.kind]
        kind = options[0] if len(options) == 1 else None
        return kind if inspect.isclass(kind) and issubclass(kind, TenantOwned) else None


def _models_in(kind: Any) -> bool:
    """Tell whether a type has a model in it: of a list, or where there may be none."""
    return any(_models_in(each) or (inspect.isclass(each) and issubclass(each, TenantOwned)) for each in get_args(kind))


Shows = Callable[[Looking, Any], Awaitable[Any]]
First = Callable[[Context], Awaitable[None]]
After = Callable[[Context, Any], Awaitable[None]]


class Gate(Protocol):
    """What may hold an operation back until somebody else has agreed; it has the operation carried out then.

    What it waits for is shown beside the operation's answer, under the name `shown_as`.
    """

    shown_as: str
    returns: type[TenantOwned]

    @property
    def refuses(self) -> Sequence[type[Refused]]:
        """Why it may refuse to ask."""
        ...

    @property
    def emits(self) -> Sequence[str]:
        """What asking emits."""
        ...

    def bind(self, held: "Operation") -> None:
        """Take note of the operation that it holds back."""
        ...

    async def holds_back(self, context: Context, subject: Any) -> bool:
        """Tell whether the operation has to wait, having asked for what it waits for."""
        ...

    async def waits_for(self, looking: Looking, subject: Any) -> Any:
        """Return what it waits for; None where it was carried out."""
        ...


@dataclass(frozen=True)
class Operation:
    """A business operation; see the module. Call it with a context and its arguments.

    `shows` works out what the API answers from the entity that the operation returns, under the name `shown_as`;
    without it the entity itself is the answer. A `gate` may hold it back: then nothing but asking is done. What `first`
    does is done before anything is loaded: it takes a lock that comes before those of rows. What `after` does is done
    once the move was made. One that is `scoped` looks by itself whose rows its permission reaches.
    """

    name: str
    needs: str
    run: Callable[..., Awaitable[Any]]
    parameters: Sequence[Parameter]
    returns: Any
    description: str
    move: Move | None = None
    refuses: tuple[type[Refused], ...] = ()
    emits: tuple[str, ...] = ()
    shows: Shows | None = None
    shown_as: str | None = None
    deprecated: Deprecated | None = None
    gate: Gate | None = None
    first: First | None = None
    after: After | None = None
    scoped: bool = False

    async def __call__(self, context: Context, *arguments: Any, **named: Any) -> Any:
        """Run the operation in the context's transaction: checks, effects, move, event; or ask, where its gate does."""
        subject = arguments[0] if arguments else None
        await self._check(context, subject)
        if self.gate and subject is not None and await self.gate.holds_back(context, subject):
            await context.flush()
            return subject
        return await self._do(context, subject, *arguments, **named)

    async def carry_out(self, context: Context, subject: TenantOwned) -> Any:
        """Run the operation on its subject whatever its gate says: everybody who has to has agreed."""
        await self._check(context, subject)
        return await self._do(context, subject, subject)

    async def _check(self, context: Context, subject: Any) -> None:
        if self.move and subject is not None:
            await self.move.check(context, subject)

    async def _do(self, context: Context, subject: Any, *arguments: Any, **named: Any) -> Any:
        result = await self.run(context, *arguments, **named)
        if self.move and subject is not None:
            await self.move.make(context, subject)
        await context.flush()
        if self.after:
            await self.after(context, result)
        return result

    @property
    def may_refuse(self) -> tuple[type[Refused], ...]:
        """Everything that it refuses by, asking included."""
        return (*self.refuses, *self.gate.refuses) if self.gate else self.refuses

    @property
    def may_emit(self) -> tuple[str, ...]:
        """Everything that it emits, asking included."""
        return (*self.emits, *self.gate.emits) if self.gate else self.emits

    @property
    def inputs(self) -> dict[str, Parameter]:
        """The arguments by the name that they have in the input: an entity goes by its id."""
        return {self._input_name(parameter): parameter for parameter in self.parameters}

    def _input_name(self, parameter: Parameter) -> str:
        if parameter is self.subject:
            return "id"
        return f"{parameter.name}_id" if parameter.model else parameter.name

    @property
    def is_scoped(self) -> bool:
        """Whether it can be held to the rows of some people: it is about a row of theirs, and names no row unseen.

        What it names beside its subject by ids that are only handed on, or by several of them, is not loaded here, so
        that nothing could be said of whose it is; unless it looks by itself.
        """
        belongs = belongs_of(self.subject.model) if self.subject and self.subject.model else None
        return self.scoped or (
            bool(belongs and belongs.to_people) and all(each.is_plain or each.model for each in self.parameters)
        )

    @property
    def subject(self) -> Parameter | None:
        """The entity that the operation is about: its first argument, where that is an entity."""
        first = self.parameters[0] if self.parameters else None
        return first if first and first.model else None


def operation(  # noqa: PLR0913 - one keyword for each thing that is declared
    needs: str,
    *,
    move: Move | None = None,
    refuses: Sequence[type[Refused]] = (),
    emits: Sequence[str] = (),
    shows: Shows | None = None,
    shown_as: str | None = None,
    deprecated: Deprecated | None = None,
    gate: Gate | None = None,
    first: First | None = None,
    after: After | None = None,
    scoped: bool = False,
) -> Callable[[Callable[..., Awaitable[Any]]], Operation]:
    """Declare an operation: the permission that it needs, the move that it makes, what it refuses and emits.

    An argument is described by `Annotated[type, "meaning"]`, and announced to go by a `Deprecated` in there; a model as
    a type is an id in the API. `shows` works out
    the answer, named `shown_as`, from the entity that the operation returns. `first`, `after`, `scoped`: see there.
    """
    require(needs)

    def declare(run: Callable[..., Awaitable[Any]]) -> Operation:
        signature = inspect.signature(run)
        parameters = [parameter_of(each) for each in list(signature.parameters.values())[1:]]
        declared = Operation(
            name=run.__name__,
            needs=needs,
            run=run,
            parameters=parameters,
            returns=signature.return_annotation,
            description=inspect.cleandoc(run.__doc__ or ""),
            move=move,
            refuses=(*refuses, IllegalTransition) if move else tuple(refuses),
            emits=(*move.emits[:1], *emits, *move.emits[1:]) if move else tuple(emits),
            shows=shows,
            shown_as=shown_as,
            deprecated=deprecated,
            gate=gate,
            first=first,
            after=after,
            scoped=scoped,
        )
        if gate:
            gate.bind(declared)
        if move:
            move.bind(declared.name)
        return declared

    return declare


def parameter_of(declared: inspect.Parameter) -> Parameter:
    """Read one argument of a function as a parameter of an operation."""
    kind, meaning, names, deprecated = unwrapped(declared.annotation)
    return Parameter(declared.name, kind, meaning, declared.default is inspect.Parameter.empty, names, deprecated)


def unwrapped(annotation: Any) -> tuple[Any, str, str | None, Deprecated | None]:
    """Return what an annotation says: the type, what it means, the type that its ids name, and until when it stays."""
    if get_origin(annotation) is not Annotated:
        return annotation, "", None, None
    kind, *said = get_args(annotation)
    meaning = next((each for each in said if isinstance(each, str)), "")
    names = next((each.type_name for each in said if isinstance(each, Names)), None)
    return kind, meaning, names, next((each for each in said if isinstance(each, Deprecated)), None)
