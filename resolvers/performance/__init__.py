"""Performance cycles and objectives as they are set, reported on, added up and read."""
