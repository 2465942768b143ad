"""The world outside, one file each; nothing of it is needed yet."""
