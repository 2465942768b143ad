"""How the schema may change: what differs from the released one, whom it breaks, and what is known to be used."""
