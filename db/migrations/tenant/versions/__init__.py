"""The revisions of the tenants' tables, in a line."""
