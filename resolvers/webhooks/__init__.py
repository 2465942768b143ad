"""Webhooks: where events are sent, what signs them, how they are delivered, and what became of each."""
