"""Tables, sessions, the tenant wall, migrations and the embedded servers: everything that knows PostgreSQL."""
