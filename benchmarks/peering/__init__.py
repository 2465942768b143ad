"""What `bench peers` is made of: the servers that are measured, what they are asked, the load, and the figures."""
