"""Exports: all objects of a type that match, as CSV or as lines of JSON, at an address of their own."""

from schema.export.endpoint import PREFIX, ExportEndpoint

__all__ = ["PREFIX", "ExportEndpoint"]
