"""The two engines that are compared: the one place that knows how each is asked."""

from functools import partial

from schema.answering import Answering, Engine
from tests.engines.ground import Ask


def planned(answering: Answering) -> Ask:
    """Return the engine that is tried."""
    return partial(answering.answer, engine=Engine.PLANNED)


def reference(answering: Answering) -> Ask:
    """Return the engine that says what is right."""
    return partial(answering.answer, engine=Engine.REFERENCE)
