"""Papers of employees: somebody sees that they are genuine."""

from db.models.hr import EmployeeDocument
from resolvers.context import Context
from resolvers.operation import operation


@operation("people.edit", emits=["employee.document.updated"])
async def verify_employee_document(context: Context, document: EmployeeDocument) -> EmployeeDocument:
    """Note that you have seen a paper and that it is genuine; seen again, it is noted anew."""
    document.verified_at, document.verified_by_id = context.now, context.principal.user_id
    return document
