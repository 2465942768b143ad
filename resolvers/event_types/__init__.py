"""Every type of event that there is, and how the data of an event is shown to whoever may see it."""

from typing import Any, Protocol

from resolvers.event_types.forms import EventForm, event_forms

__all__ = ["EventForm", "LoggedEvent", "event_forms", "public_data"]


class LoggedEvent(Protocol):
    """An event as it is in the log."""

    @property
    def type(self) -> str:
        """What happened."""
        ...

    @property
    def data(self) -> dict[str, Any]:
        """Its facts, by the names of columns and with ids as they are stored."""
        ...


def public_data(event: LoggedEvent) -> dict[str, Any]:
    """Return the data of an event as the API shows it; of a type that is there no more, nothing is shown."""
    form = event_forms().get(event.type)
    return form.shown(event.data) if form else {}
