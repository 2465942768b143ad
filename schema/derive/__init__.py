"""From a declared model to its place in the GraphQL schema; one file per concern, none per entity."""
