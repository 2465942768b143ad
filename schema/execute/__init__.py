"""Runs GraphQL operations: the reference engine, graphql-core with batched loaders over SQLAlchemy."""
