"""Opaque global ids, as the schema writes and reads them; they are made in `resolvers.ids`."""

from resolvers.ids import GlobalId, decode, encode, row_of

__all__ = ["GlobalId", "decode", "encode", "row_of"]
