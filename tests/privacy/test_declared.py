"""Whose data a column holds is declared: without it nothing could be sealed, or erased."""

from typing import Any

import pytest
from sqlalchemy import String, Text, inspect
from uuid_utils.compat import uuid7

from db.base import Base
from db.columns import NamedIn
from db.models import File, NewHire, User
from db.personal import PEOPLE, Subject, is_about, personal_columns, personal_models, subject_of, whose

MODELS = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)


def problem_of(model: type[Any]) -> str | None:
    """Say what is wrong with what a model declares of the people whom it is about."""
    declared, columns = whose(model), inspect(model).columns
    if declared is None:
        return "it holds personal data, and does not say whose" if personal_columns(model) else None
    if declared.column not in columns:
        return f"there is no column {declared.column}"
    if isinstance(declared.kind, NamedIn):
        kinds = {kind for _, kind in declared.kind.words}
        return None if declared.kind.column in columns and kinds <= PEOPLE else "nobody is named"
    return None if declared.kind in PEOPLE else f"{declared.kind} is not somebody whose data can be erased"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_personal_data_is_declared_to_be_somebodys(model: type[Any]) -> None:
    assert problem_of(model) is None


@pytest.mark.parametrize("model", personal_models(), ids=lambda model: model.__name__)
def test_each_personal_column_can_be_emptied(model: type[Any]) -> None:
    for name in personal_columns(model):
        column = inspect(model).columns[name]
        assert column.nullable or isinstance(column.type, String | Text), name


def test_what_is_undeclared_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(User, "__whose__")
    assert problem_of(User) == "it holds personal data, and does not say whose"


def test_these_hold_personal_data() -> None:
    assert [model.__name__ for model in personal_models()] == [
        "AddressProof",
        "CalendarFeed",
        "CompensationRecord",
        "Dependent",
        "EmailMessage",
        "EmergencyContact",
        "Employee",
        "EmployeeDocument",
        "EmployeeEvent",
        "File",
        "LeaveLedgerEntry",
        "LeaveRequest",
        "NewHire",
        "Progress",
        "SsoIdentity",
        "User",
        "UserSession",
    ]


def test_a_row_is_about_whom_its_columns_name() -> None:
    person = uuid7()
    assert subject_of(NewHire(id=person)) == Subject("NewHire", person)
    assert subject_of(File(uploader_type="user", uploader_id=person)) == Subject("User", person)
    assert subject_of(File(uploader_type="new_hire", uploader_id=person)) == Subject("NewHire", person)
    assert subject_of(File(uploader_type="system", uploader_id=None)) is None
    assert subject_of(File(uploader_type="system", uploader_id=person)) is None
    assert is_about(User, Subject("NewHire", person)) is None
