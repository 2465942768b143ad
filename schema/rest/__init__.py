"""REST over documents: each document that has a method and a path is also an address of its own."""
