"""Every model is public or named internal with a reason, and what is sensitive is declared so."""

import re

import pytest
from sqlalchemy import Column

from db.base import Base
from db.columns import SERVER, policy_of
from schema.root import DOMAINS

MODELS = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
PUBLIC = {entity.name for domain in DOMAINS for entity in domain.entities}
INTERNAL = {model.__name__: reason for domain in DOMAINS for model, reason in domain.internal}
SENSITIVE = re.compile(
    r"e?mail|phone|birth|gender|nationality|salary|wage|compensation|iban|bic|bank|account_number|tax|ssn|passport|"
    r"password|token|secret|otp|api_key|first_name|last_name|full_name|owner_name|home_address|emergency|diagnosis|medical"
)
COLUMNS: list[tuple[str, Column[object]]] = [
    (f"{name}.{column.key}", column) for name, model in sorted(MODELS.items()) for column in model.__table__.columns
]


def sounds_sensitive(name: str) -> bool:
    """Tell by a column's name; a moment is none, whatever happened then."""
    return bool(SENSITIVE.search(name)) and not name.endswith("_at")


def test_every_model_is_public_or_internal_with_a_reason() -> None:
    assert PUBLIC | INTERNAL.keys() == MODELS.keys()
    assert PUBLIC & INTERNAL.keys() == set()
    assert [name for name, reason in INTERNAL.items() if len(reason.split()) < 5] == []


@pytest.mark.parametrize(("path", "column"), [each for each in COLUMNS if sounds_sensitive(each[1].key)])
def test_what_sounds_sensitive_is_declared_so(path: str, column: Column[object]) -> None:
    policy = policy_of(column)
    assert policy.classified or policy.readable_with or policy.encrypted or policy.hidden, path


def test_these_are_the_sensitive_columns() -> None:
    assert {path for path, column in COLUMNS if sounds_sensitive(column.key)} == {
        "Company.tax_id",
        "EmailMessage.recipient_email",
        "User.email",
        "User.first_name",
        "User.last_name",
        "User.password_hash",
        "User.token_version",
        "PasswordReset.token_hash",
        "AddressProof.email",
        "AddressProof.token_hash",
        "AddressProof.token_version",
        "SsoProvider.client_secret",
        "RefreshToken.token_hash",
        "SecondFactor.secret",
        "NewHire.email",
        "WebhookSecret.secret",
        "NewHire.first_name",
        "NewHire.last_name",
        "NewHire.first_name_sort",
        "NewHire.last_name_sort",
        "NewHire.personal_phone",
        "OnboardingInvitation.token_hash",
        *(f"Employee.legal_{name}" for name in ("first_name", "last_name", "first_name_sort", "last_name_sort")),
        *(f"Employee.{name}" for name in ("work_email", "personal_email", "phone", "birth_date", "gender")),
        *(f"Employee.{name}" for name in ("nationality", "tax_id", "bank_account")),
        "Dependent.birth_date",
        *("EmergencyContact.phone", "EmergencyContact.email"),
    }


def test_a_secret_never_leaves() -> None:
    for path, column in COLUMNS:
        policy = policy_of(column)
        if policy.classified and policy.classified.name == "SECRET":
            assert policy.hidden, path
            assert policy.set_by == SERVER, path
        if policy.encrypted:
            assert policy.readable_with, path
