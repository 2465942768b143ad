from sqlalchemy.orm import DeclarativeBase

from benchmarks.synthetic import synthetic_domain
from db.base import dependents


def children(base: type[DeclarativeBase]) -> list[list[str]]:
    models = sorted((mapper.class_ for mapper in base.registry.mappers), key=lambda model: model.__name__)
    return [[child.__name__ for child, _ in dependents(model, "RESTRICT")] for model in models]


def test_what_hangs_on_a_model_comes_in_the_same_order_each_time() -> None:
    for base, _ in (synthetic_domain(30) for _ in range(3)):
        assert all(names == sorted(names) for names in children(base))
        assert any(len(names) > 1 for names in children(base))
