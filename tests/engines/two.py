"""The two engines that are compared: the one place that knows how each is asked."""

from schema.answering import Answering
from tests.engines.ground import Ask


def planned(answering: Answering) -> Ask:
    """Return the engine that is tried."""
    return answering.answer


def reference(answering: Answering) -> Ask:
    """Return the engine that says what is right."""
    return answering.answer
