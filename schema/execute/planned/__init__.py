"""The planned engine: an operation is compiled once into steps, and each step is taken for all its parents at once."""
