"""Core HR: employees from their first day to their last, the terms of their work, and who works where and for whom."""
