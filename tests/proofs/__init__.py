"""Longer trials of what Workgraph promises; each has a `main() -> int` and is run by `./workgraph prove NAME`."""
