"""The audit trail, as it is public: what was done, by whom, and whether nobody has touched it since."""

from db.models.log import AuditChain, AuditWaiting
from resolvers.audit.verifying import verify_audit
from schema.derive.declare import Domain

audit = Domain(
    module="company",
    readings=[verify_audit],
    internal=[
        (AuditChain, "the sequencer alone writes it; what it proves is told by verifying"),
        (AuditWaiting, "the queue of the sequencer: entries that have no place in the chain yet"),
    ],
)
