"""The parts of the benchmark of costs: what is asked, how it is measured, and what overrunning does to others."""
