"""Documents that have a method and a path: what each takes and answers when it is called there."""
