"""How a person's data is erased: each column that is declared personal, in each row that is declared to be about them.

First the key of the person is destroyed, so that nothing readable is written of them from there on, this erasure's own
entries of the audit trail included. Each table is read and written with one statement, however many rows it has.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, inspect, literal, null, select, update

from db.base import TenantOwned
from db.columns import Format, policy_of
from db.models.files import File, FileStatus
from db.models.mail import EmailMessage, MailStatus
from db.models.webhooks import WebhookAttempt, WebhookDelivery
from db.personal import Subject, is_about, personal_columns, personal_models
from db.queue import defer
from resolvers.context import Context, Written
from resolvers.files import PURGE_ERASED

TEXT: Final = "Erased"
"""What stands where a text cannot be null."""

BEFORE, AFTER = "erased-", "@erased.invalid"
"""An address that nobody has, around the row's id, where an address cannot be null."""

NOT_SENT: Final = "The data of the person was erased."
Values = Mapping[str, Written]


async def erase(
    context: Context, subject: Subject, files: ColumnElement[bool], beside: Mapping[type[Any], Values]
) -> None:
    """Erase a person's data. `files` selects those whose bytes go too; `beside` is what else is written into rows."""
    await context.destroy_key(subject)
    await _forget_what_was_selected(context)
    await _give_up_files(context, files)
    mails = about(EmailMessage, subject) & (EmailMessage.status == MailStatus.QUEUED)
    failed = {"status": constant(MailStatus.FAILED), "error": constant(NOT_SENT)}
    await _overwrite(context, EmailMessage, mails, {**blanks(EmailMessage), **failed})
    for model in personal_models():
        condition = is_about(model, subject)
        if condition is not None:
            await _overwrite(context, model, condition, {**blanks(model), **beside.get(model, {})})


def about(model: type[TenantOwned], subject: Subject) -> ColumnElement[bool]:
    """Select the rows of a model that are about a person."""
    condition = is_about(model, subject)
    return literal(value=False) if condition is None else condition


def blanks(model: type[TenantOwned]) -> dict[str, Written]:
    """Return what is written into each personal column of a model."""
    return {name: _blank(model, name) for name in personal_columns(model)}


def constant(value: Any) -> Written:
    """Write the same value into each row."""
    return Written(value, lambda _: value)


async def _forget_what_was_selected(context: Context) -> None:
    """Keep nothing of what endpoints have selected, as it may tell of anybody, nor of what they said to it.

    What is still to be sent, or is sent again, is selected anew.
    """
    theirs = select(WebhookDelivery.id).where(WebhookDelivery.selected).scalar_subquery()
    attempts = update(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(theirs))
    for statement in (
        attempts.values(response_excerpt=None),
        update(WebhookDelivery).where(WebhookDelivery.selected).values(body=None, selected=False),
    ):
        await context.session.execute(statement.execution_options(synchronize_session=False))


async def _give_up_files(context: Context, which: ColumnElement[bool]) -> None:
    """Let nobody read files any more, and have a job remove their bytes and rows at once."""
    gone = {
        "status": constant(FileStatus.ERASED),
        "attached_at": constant(None),
        "upload_until": constant(context.now),
        "sha256": constant(None),
    }
    if await _overwrite(context, File, which, {**blanks(File), **gone}):
        await context.flush()
        await defer(context.session, PURGE_ERASED)


async def _overwrite(
    context: Context, model: type[TenantOwned], which: ColumnElement[bool], values: Values
) -> Sequence[TenantOwned]:
    await context.flush()
    rows = select(model).where(which).order_by(model.id).with_for_update(key_share=True)
    return await context.overwrite(model, await context.all(rows.execution_options(populate_existing=True)), values)


def _blank(model: type[TenantOwned], name: str) -> Written:
    column = inspect(model).columns[name]
    if column.nullable:
        return Written(null(), lambda _: None)
    if policy_of(column).text_format is Format.EMAIL:
        return Written(literal(BEFORE) + cast(model.id, Text) + AFTER, lambda row: f"{BEFORE}{row}{AFTER}")
    return constant(TEXT)
