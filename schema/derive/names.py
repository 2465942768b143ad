"""How Python names become GraphQL names: snake_case to camelCase, and singular to plural."""

from db.base import camel

__all__ = ["camel", "lower_first", "pascal", "plural_of"]


def pascal(name: str) -> str:
    """Turn `publish_flow` into `PublishFlow`."""
    return "".join(part.capitalize() for part in name.split("_"))


def lower_first(name: str) -> str:
    """Turn `ContentBlock` into `contentBlock`."""
    return name[0].lower() + name[1:]


def plural_of(name: str) -> str:
    """Return the regular English plural; an entity with another one declares it."""
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def snake_plural(plural: str) -> str:
    """Turn `contentBlocks` into `content_blocks`."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in plural)
