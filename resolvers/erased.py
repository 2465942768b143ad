"""People whose data was erased: nothing is written about them any more."""

from collections.abc import Sequence

from db.models.identity import User
from db.models.onboarding import NewHire
from resolvers.context import Looking
from resolvers.refusals import Refused


class PersonErased(Refused):
    """The personal data of this person was erased, for good; nothing is written about them any more."""

    code = "PERSON_ERASED"


def erasure_of(person: User | NewHire) -> PersonErased | None:
    """Return the refusal for somebody whose data was erased."""
    if person.erased_at is None:
        return None
    return PersonErased("The personal data of this person was erased; nothing is written about them any more.")


def expect_kept(person: User | NewHire) -> None:
    """Refuse where the data of a person was erased."""
    if refusal := erasure_of(person):
        raise refusal


async def kept(_looking: Looking, people: Sequence[User | NewHire]) -> Sequence[Refused | None]:
    """Refuse those whose data was erased: a guard for moves."""
    return [erasure_of(each) for each in people]
