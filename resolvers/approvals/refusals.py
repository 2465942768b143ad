"""Why an approval is not asked for, not given, or not needed any more."""

from resolvers.refusals import Refused


class NoApprover(Refused):
    """Nobody is left who could approve a step: whoever it names has asked for it or has left, and so on up the line."""

    code = "NO_APPROVER"


class NoApprovalPolicy(Refused):
    """Documents of this type have to be approved, and no policy says by whom where the amount is in this currency."""

    code = "NO_APPROVAL_POLICY"


class ApprovalPending(Refused):
    """It waits for its approval already."""

    code = "APPROVAL_PENDING"


class OwnDocument(Refused):
    """You asked for it yourself, so somebody else approves it: nor may you for others, nor others for you."""

    code = "OWN_DOCUMENT"


class NotAnApprover(Refused):
    """It waits for somebody else."""

    code = "NOT_AN_APPROVER"


class SamePerson(Refused):
    """You have approved a step of it already, and each step takes another person."""

    code = "SAME_PERSON"


class AlreadyDecided(Refused):
    """Somebody else was first: the step that waited for you is decided."""

    code = "ALREADY_DECIDED"


class RequesterMayNot(Refused):
    """Whoever asked for it could not do it themselves any more, and it would be done in their name."""

    code = "REQUESTER_MAY_NOT"


class PolicyWithoutSteps(Refused):
    """A policy that is followed has a step, and this one would have none."""

    code = "POLICY_WITHOUT_STEPS"
