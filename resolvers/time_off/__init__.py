"""Leave as it is granted, asked for, decided, posted and read; the arithmetic of it is in `resolvers.leave`."""
