"""The log of what happened: audit entries and events, written in the transaction of the change."""
