"""`python -m cli` is `workgraph`."""

from cli import main

main()
