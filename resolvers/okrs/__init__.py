"""The arithmetic of objectives, apart from the database: progress of a measure, what adds up to it, and health."""
