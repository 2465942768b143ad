"""Sends the mails that operations have queued: gathers what a mail is about, writes it out, and hands it over.

A link's token is derived again here, put into the text, and forgotten with it: it stands in no table and in no log.
"""

from resolvers.mailing.sending import Mails, NotYetSent
from resolvers.mailing.telling import Places

__all__ = ["Mails", "NotYetSent", "Places"]
