"""The migrations of the tenants' tables, run once in each schema: the template, the pool, and every schema tenant."""
