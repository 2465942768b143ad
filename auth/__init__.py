"""Who asks and what they may do: permissions, roles, principals, passwords and access tokens."""
