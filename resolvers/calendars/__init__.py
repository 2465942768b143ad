"""Calendar feeds: leave at a signed address, for calendar programs that people subscribe with."""
