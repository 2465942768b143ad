"""API keys: what they may, what they are held to, and how they end."""
