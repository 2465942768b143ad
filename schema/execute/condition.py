"""Makes one SQL condition of the shape of a filter; related objects become EXISTS.

Of related objects there are those that who asks may read: what is not reached by a scope is not there.
A condition holds or it does not: what SQL leaves unknown because of a null does not hold, and its negation does.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, case, cast, exists, false, func, inspect, or_, true
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import AliasedClass

from db.base import Shown
from db.columns import policy_of, reference_of, shown_words
from schema.derive.declare import Entity
from schema.execute.compare import UUIDS, Binds, compared
from schema.execute.scoping import Scoping
from schema.execute.where import EQUALITIES, Shape

Target = type[Shown] | AliasedClass[Any]


class Condition:
    """Makes conditions, and takes the values that they compare with."""

    def __init__(self, scoping: Scoping, binds: Binds) -> None:
        self._scoping, self._registry, self._binds = scoping, scoping.registry, binds
        self._makers: Mapping[str, Callable[..., ColumnElement[bool]]] = {
            "and": self._and,
            "or": self._or,
            "not": self._not,
            "null": self._null,
            "compare": self._compared,
            "of type": self._of_type,
            "to one": self._to_one,
            "to many": self._to_many,
        }

    def of(self, entity: Entity, target: Target, shape: Shape) -> ColumnElement[bool]:
        """Return the condition that a row of a model, or of an alias of it, matches."""
        what, *parts = shape
        return self._makers[what](entity, target, *parts)

    def _and(self, entity: Entity, target: Target, each: Sequence[Shape]) -> ColumnElement[bool]:
        return and_(true(), *[self.of(entity, target, one) for one in each])

    def _or(self, entity: Entity, target: Target, each: Sequence[Shape]) -> ColumnElement[bool]:
        return or_(false(), *[self.of(entity, target, one) for one in each])

    def _not(self, entity: Entity, target: Target, one: Shape) -> ColumnElement[bool]:
        return self.of(entity, target, one).is_not(true())

    def _null(self, _entity: Entity, target: Target, name: str, wanted: bool) -> ColumnElement[bool]:  # noqa: FBT001 - as a shape holds it
        column = getattr(target, name)
        return column.is_(None) if wanted else column.is_not(None)

    def _compared(self, entity: Entity, target: Target, name: str, operator: str) -> ColumnElement[bool]:
        """Compare a column whose values the API may call otherwise: what is equal as stored, as an index holds it."""
        key, shown = getattr(target, name), shown_words(inspect(entity.model).columns[name])
        if shown and operator not in EQUALITIES:
            key = case(shown, value=key, else_=key)
        return compared(key, operator, self._binds)

    def _of_type(
        self,
        entity: Entity,
        target: Target,
        name: str,
        negated: bool,  # noqa: FBT001 - as a shape holds it
        words: Sequence[tuple[str, bool]],
    ) -> ColumnElement[bool]:
        named = policy_of(inspect(entity.model).columns[name]).named_in
        assert named is not None
        said, key = getattr(target, named.column), getattr(target, name)
        among = [and_(said == word, self._among(key, is_one=is_one)) for word, is_one in words]
        matching = or_(false(), *among)
        return matching.is_not(true()) if negated else matching

    def _among(self, key: Any, *, is_one: bool) -> ColumnElement[bool]:
        """Compare with one id, of which an index then keeps the order, or with several."""
        return key == self._binds.take(Uuid()) if is_one else key == func.any(cast(self._binds.take(UUIDS), UUIDS))

    def _to_one(self, entity: Entity, target: Target, key: str, shape: Shape) -> ColumnElement[bool]:
        named = reference_of(inspect(entity.model).columns[key])
        other = self._registry.entity(named.target) if named else None
        assert other is not None
        alias = aliased(other.model)
        reached = self._scoping.named(entity, target, key, alias)
        where = [] if reached is None else [reached]
        return exists().where(alias.id == getattr(target, key), *where, self.of(other, alias, shape))

    def _reached(self, other: Entity, alias: Target) -> Sequence[ColumnElement[bool]]:
        """Return the condition that who asks may read a related object, where there is one."""
        condition = self._scoping.rows(other, alias)
        return [] if condition is None else [condition]

    def _to_many(
        self, entity: Entity, target: Any, name: str, matches: Sequence[tuple[str, Shape]]
    ) -> ColumnElement[bool]:
        _, other, column = next(each for each in self._registry.backs_of(entity) if each[0] == name)
        return and_(true(), *[self._matching(other, column.key, target, match, shape) for match, shape in matches])

    def _matching(self, other: Entity, key: str, target: Any, match: str, shape: Shape) -> ColumnElement[bool]:
        alias = aliased(other.model)
        matching = self.of(other, alias, shape)
        wanted = matching.is_not(true()) if match == "every" else matching
        found = exists().where(getattr(alias, key) == target.id, *self._reached(other, alias), wanted)
        return found if match == "some" else ~found
