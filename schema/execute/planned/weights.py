"""What each thing that an operation does costs, in microseconds of CPU of server and PostgreSQL together.

Measured with `./workgraph bench cost`, which holds what is predicted against what was used. They are of one machine:
what matters is how they stand to one another.
"""

from typing import Final

POINT: Final = 10.0
"""Microseconds that one point stands for."""

REQUEST: Final = 90.0
"""A request by itself: to be read, to know who asks, and to be written."""

PER_CHARACTER: Final = 2.5
"""A character of a document that is parsed each time."""

SESSION: Final = 1_200.0
"""A session of the ORM, with its transaction."""

MOMENT: Final = 300.0
"""A transaction in which several planned statements see the same."""

STATEMENT: Final = 90.0
"""A planned statement."""

TOTAL: Final = 110.0
"""A statement that counts."""

LOADED: Final = 700.0
"""A statement that loads objects through a session."""

FUNCTION: Final = 1_800.0
"""A batch function: most take a statement through a session or two."""

AGGREGATE: Final = 2_300.0
"""What all of a connection come to, or its groups."""

READING: Final = 6_000.0
"""A question of the business."""

LOOKUP: Final = 1_300.0
"""Another field of the root, such as `node`."""

MUTATION: Final = 6_500.0
"""A mutation: its transaction, what it reads and writes, the audit trail, events."""

OBJECT: Final = 0.8
"""An object of the answer, whatever is in it."""

ROW: Final = 2.0
"""An entity that is read as a row."""

ENTITY: Final = 35.0
"""An entity that is loaded as an object."""

VALUE: Final = 0.35
"""A column of a row."""

REFERENCE: Final = 1.2
"""A reference that is followed, for each parent."""

LIST: Final = 6.0
"""A connection, for each parent."""

RESOLVED: Final = 2.0
"""A resolver, for each parent."""

SEALED: Final = 12.0
"""A cursor, or an encrypted value: to be sealed or opened."""

ROW_VALUES: Final = 100.0
"""Values of a row as they once were: each to be opened, and told as far as who asks may see it."""

CONDITION: Final = 100.0
"""A condition of a filter, and a relation on the way to one: for the statement, whatever it finds."""

COMPUTED: Final = 5.0
"""A batch function, for each parent."""

ISLAND: Final = 200.0
"""The statement of an island."""

ISLAND_LIST: Final = 8.0
"""A list or a total in an island, for each parent."""

ISLAND_REFERENCE: Final = 2.0
"""A reference in an island, for each parent."""

ISLAND_OBJECT: Final = 1.0
"""An object in an island."""

ISLAND_VALUE: Final = 0.35
"""A column in an island."""
