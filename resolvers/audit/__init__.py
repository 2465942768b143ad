"""The audit trail as it is read: what was done, by whom, and whether nobody has touched it since."""
