"""What writes events without being an operation of the machine: mutations written by hand, jobs, an upload.

An operation lists what it emits in its declaration. These list it here, so that the catalogue of events can say of each
type what it comes from.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Emitter:
    """Something that writes events: its name in the audit trail, what the API's user knows it as, and what it emits."""

    name: str
    known_as: str
    emits: tuple[str, ...]

    @property
    def told(self) -> str:
        """What a description says of it."""
        return f"Emits {', '.join(f'`{each}`' for each in self.emits)}."


def job(name: str, *emits: str) -> Emitter:
    """Declare what a job emits."""
    return Emitter(name, f"job {name}", emits)
