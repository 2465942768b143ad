"""The audit trail, as it is public: what was done, by whom, whether nobody has touched it; and personal data."""

from db.models.log import AuditChain, AuditLog, AuditWaiting, DataSubjectKey
from resolvers.audit.places import place
from resolvers.audit.verifying import verify_audit
from resolvers.privacy.exporting import export_new_hire_data, export_own_data, export_user_data
from resolvers.privacy.operations import erase_new_hire, erase_user
from schema.derive.declare import Domain, entity

audit = Domain(
    module="company",
    entities=[entity(AuditLog, read="audit.read")],
    operations=[erase_user, erase_new_hire, export_user_data, export_new_hire_data, export_own_data],
    readings=[verify_audit],
    computed=[place],
    internal=[
        (AuditChain, "shown as the place of an entry; the sequencer alone writes it"),
        (AuditWaiting, "the queue of the sequencer: entries that have no place in the chain yet"),
        (DataSubjectKey, "the keys that seal what the audit trail says of people; never shown to anybody"),
    ],
)
