"""Manifests of documents as tools write them: what stands in a file, without touching any.

Four forms: Apollo's persisted query manifest, the file of Relay's `persistConfig` ({id: text}), the documents
of graphql-codegen ({hash: text}), and a folder of `.graphql` files. Whatever is wrong is said with file and entry.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
)

from resolvers.clients.publishing import OF_HASH
from resolvers.documents import hash_of
from resolvers.values import storable
from schema.execute.fragments import fragments_of, spreads_of
from schema.execute.limits import read

APOLLO: Final = "apollo-persisted-query-manifest"
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a manifest at most."""

SHOWN: Final = 80
"""Characters of an entry's name that are shown."""

ENDINGS: Final = (".graphql", ".gql")
TYPES: Final = frozenset({"query", "mutation", "subscription"})
FORMS: Final = (
    f"It must be Apollo's manifest (with `format: {APOLLO}`), or an object of ids and documents as Relay's and "
    "graphql-codegen's are."
)


class ManifestWrong(Exception):
    """A manifest is not what a tool would write; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a manifest, and where it stands there."""

    document_id: str
    text: str
    place: str


def entries_of(name: str, content: bytes) -> list[Entry]:
    """Return the documents of a manifest; `name` is the file's."""
    if len(content) > LARGEST:
        raise ManifestWrong(f"{name}: A manifest has at most {LARGEST:,} bytes; this has {len(content):,}.")
    values = _object(name, content)
    found = _of_apollo(name, values) if "format" in values and not _is_text(values["format"]) else _plain(name, values)
    if not found:
        raise ManifestWrong(f"{name}: There is no document in it.")
    return found


def _is_text(value: Any) -> bool:
    """Tell whether what stands under `format` is a document, and not a format."""
    return isinstance(value, str) and "{" in value


def _object(name: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_each_once)
    except RecursionError:
        raise ManifestWrong(f"{name}: It nests too deeply.") from None
    except UnicodeDecodeError as error:
        raise ManifestWrong(f"{name}: It is not UTF-8: {error.reason} at byte {error.start}.") from None
    except ValueError as error:
        raise ManifestWrong(f"{name}: It is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise ManifestWrong(f"{name}: {FORMS}")
    return cast("dict[str, Any]", value)


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict[str, Any]()
    for key, value in pairs:
        if key in values:
            message = f"{_shown(key)} is there twice"
            raise ValueError(message)
        values[key] = value
    return values


def _of_apollo(name: str, values: Mapping[str, Any]) -> list[Entry]:
    if values["format"] != APOLLO:
        raise ManifestWrong(f"{name}: `format` is {_shown(values['format'])}. {FORMS}")
    if values.get("version") != 1:
        raise ManifestWrong(f"{name}: `version` must be 1.")
    operations = values.get("operations")
    if not isinstance(operations, list):
        raise ManifestWrong(f"{name}: `operations` must be a list.")
    found, places = list[Entry](), dict[str, str]()
    for number, operation in enumerate(cast("list[Any]", operations)):
        entry = _operation(f"{name}: operations[{number}]", operation)
        if entry.document_id in places:
            raise ManifestWrong(f"{entry.place}: {places[entry.document_id]} has the same id.")
        places[entry.document_id] = f"operations[{number}]"
        found.append(entry)
    return found


def _operation(place: str, operation: Any) -> Entry:
    if not isinstance(operation, dict):
        raise ManifestWrong(f"{place}: It must be an object with `id`, `name`, `type` and `body`.")
    given = cast("dict[str, Any]", operation)
    place = f"{place} {_shown(given['name'])}" if isinstance(given.get("name"), str) else place
    for field in ("id", "name", "type", "body"):
        if not isinstance(given.get(field), str):
            raise ManifestWrong(f"{place}: `{field}` must be text.")
    if given["type"] not in TYPES:
        raise ManifestWrong(
            f"{place}: `type` is {_shown(given['type'])}; it must be one of {', '.join(sorted(TYPES))}."
        )
    return _entry(given["id"], given["body"], place)


def _plain(name: str, values: Mapping[str, Any]) -> list[Entry]:
    """Read an object of ids and documents."""
    for key, text in values.items():
        if not isinstance(text, str):
            raise ManifestWrong(f"{name}: {_shown(key)}: A document must be text. {FORMS}")
    return [_entry(key, text, f"{name}: {_shown(key)}") for key, text in values.items()]


def _entry(document_id: str, text: str, place: str) -> Entry:
    if not document_id.strip():
        raise ManifestWrong(f"{place}: The id is empty.")
    if not text.strip():
        raise ManifestWrong(f"{place}: The document is empty.")
    if not storable(document_id) or not storable(text):
        raise ManifestWrong(f"{place}: Text cannot hold NUL characters or lone surrogates.")
    return Entry(document_id, text, place)


def _shown(value: object) -> str:
    """Show a name or a value that may be anything."""
    shown = ascii(value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A fragment, as it stands in its file."""

    place: str
    text: str
    spread: Sequence[str]


def entries_of_files(files: Mapping[str, str]) -> list[Entry]:
    """Return the documents of files of GraphQL, by name: an operation in each, or fragments alone.

    Fragments of other files are put behind the document that spreads them. Its id is `sha256:` and its hash.
    """
    parsed = {name: _parsed(name, text) for name, text in sorted(files.items())}
    fragments = _fragments(files, parsed)
    found, places = list[Entry](), dict[str, str]()
    for name, document in parsed.items():
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        if len(operations) > 1:
            raise ManifestWrong(f"{name}: One operation in each file; this has {len(operations)}.")
        if operations:
            text = _joined(name, files[name], document, fragments)
            entry = _entry(OF_HASH + hash_of(text), text, name)
            if entry.document_id in places:
                raise ManifestWrong(f"{name}: {places[entry.document_id]} has the same document.")
            places[entry.document_id] = name
            found.append(entry)
    if not found:
        raise ManifestWrong("There is no operation in these files.")
    return found


def _parsed(name: str, text: str) -> DocumentNode:
    if not storable(text):
        raise ManifestWrong(f"{name}: Text cannot hold NUL characters or lone surrogates.")
    try:
        document = read(text)
    except GraphQLError as error:
        place = f", line {error.locations[0].line}" if error.locations else ""
        raise ManifestWrong(f"{name}{place}: {error.message}") from error
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            raise ManifestWrong(f"{name}: It may hold operations and fragments, and no {definition.kind}.")
    return document


def _fragments(files: Mapping[str, str], parsed: Mapping[str, DocumentNode]) -> dict[str, _Fragment]:
    found = dict[str, _Fragment]()
    for file, document in parsed.items():
        for each in document.definitions:
            if not isinstance(each, FragmentDefinitionNode):
                continue
            name = each.name.value
            if name in found:
                raise ManifestWrong(f"{file}: The fragment {name} is in {found[name].place} too.")
            assert each.loc is not None
            found[name] = _Fragment(file, files[file][each.loc.start : each.loc.end], spreads_of(each))
    return found


def _joined(file: str, text: str, document: DocumentNode, fragments: Mapping[str, _Fragment]) -> str:
    """Return a document with the fragments that it needs; where it has them all, as it stands."""
    own = fragments_of(document)
    needed, waiting = dict[str, str](), spreads_of(document)
    while waiting:
        name = waiting.pop(0)
        if name in own or name in needed:
            continue
        if name not in fragments:
            raise ManifestWrong(f"{file}: There is no fragment {name} in these files.")
        needed[name] = fragments[name].text
        waiting += fragments[name].spread
    return "\n\n".join([text.rstrip(), *needed.values()]) + "\n" if needed else text
