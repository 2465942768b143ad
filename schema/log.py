"""The log is not public as tables: what it tells reaches the API as events and histories, each with its own rules."""

from db.models.log import EventOutbox, IdempotencyKey
from db.models.mail import EmailMessage
from resolvers.emitter import job
from resolvers.mails import SEND
from schema.derive.declare import Domain

log = Domain(
    module="company",
    emitters=[job(SEND, "email_message.updated", "email_message.moved")],
    internal=[
        (EventOutbox, "the relay alone reads it; clients get events from the bus"),
        (EmailMessage, "what was mailed to whom is looked up by who runs the installation, and sent by jobs alone"),
        (IdempotencyKey, "it belongs to the contract of mutations, and says what others asked for"),
    ],
)
