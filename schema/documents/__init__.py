"""Registered documents: how they are published, what tools write of them, and how a request names one."""
