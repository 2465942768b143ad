"""Parsing that no garbage collection comes into."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def uninterrupted(parse: Callable[Given, Result]) -> Callable[Given, Result]:
    """Return a function that does the same, and collects no garbage meanwhile."""

    @wraps(parse)
    def parsed(*args: Given.args, **named: Given.kwargs) -> Result:
        collects = gc.isenabled()
        gc.disable()
        try:
            return parse(*args, **named)
        finally:
            if collects:
                gc.enable()

    return parsed
