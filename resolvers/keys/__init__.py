"""API keys: how they are made and revoked, what one may that is shown, and what it is held to."""
