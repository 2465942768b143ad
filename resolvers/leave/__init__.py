"""Leave: how days are earned, kept in a ledger, taken, carried over and lost."""
