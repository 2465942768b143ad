"""Measurements of what Workgraph costs; each has a `main() -> int` and is run by `./workgraph bench NAME`."""
