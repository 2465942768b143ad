"""Every type of event that there is, and how the data of an event is shown to whoever may see it."""

from collections.abc import Mapping
from typing import Any

from resolvers.event_types.forms import EventForm, event_forms

__all__ = ["EventForm", "event_forms", "public_data"]


def public_data(type_name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an event, as it is in the log, as the API shows it; of a type that is no more, nothing."""
    form = event_forms().get(type_name)
    return form.shown(data) if form else {}
