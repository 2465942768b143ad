"""Row scope: whose rows somebody reads who holds a permission for some people only."""
