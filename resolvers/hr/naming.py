"""What an employee is called, in statements."""

from typing import Final

from sqlalchemy import func

from db.models.hr import Employee

NAME: Final = func.coalesce(Employee.preferred_name, Employee.legal_first_name) + " " + Employee.legal_last_name
"""The preferred name, if there is one, before the family name."""
