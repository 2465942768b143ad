"""Programs that use the API: which there are, their versions, and the documents that are registered for them."""
