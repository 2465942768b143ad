"""A third evaluator, over Python lists: filters, orders, pages and counts from docs/api.md and nothing else.

Both engines read with the same derived filters and orders, and would be wrong together. This one shares nothing with
them: it imports nothing of `schema`, and knows the rows by plain SQL.
"""
