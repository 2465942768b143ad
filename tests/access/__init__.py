"""Who sees what: every place of the schema, asked by everybody whom there can be."""
