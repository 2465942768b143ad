"""Approvals: which documents need them, who gives them, and what is done once they are given."""
