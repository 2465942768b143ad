"""Erasing what the company knows of a person who has left, for good."""
