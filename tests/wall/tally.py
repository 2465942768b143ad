"""What a trial comes to: how many things were checked, and what did not hold."""

from dataclasses import dataclass, field

LONGEST = 500


@dataclass
class Tally:
    """Counts the checks of one trial, and says of each that failed what it was."""

    checks: int = 0
    failures: list[str] = field(default_factory=list[str])

    def check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition and what to say without it
        """Count one check; `otherwise` says what is wrong when it does not hold."""
        self.checks += 1
        if not holds:
            self.failures.append(otherwise[:LONGEST])

    def same(self, one: object, other: object, what: object) -> None:
        """Check that two things are equal."""
        self.check(one == other, f"{what}: {str(one)[:200]} is not {str(other)[:200]}")

    def add(self, other: "Tally") -> "Tally":
        """Take over the checks of another trial."""
        self.checks += other.checks
        self.failures += other.failures
        return self

    def passed(self, *, least: int) -> None:
        """Assert that nothing failed, and that there was something to fail."""
        assert not self.failures, "\n".join(self.failures)
        assert self.checks >= least
