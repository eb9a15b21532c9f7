"""Statements for many rows at once, on SQLite as on PostgreSQL: the writes of a batch of turns go through these."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, Update, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from bot.store.columns import POSTGRESQL

_LAST_DRAWN = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_DRAW = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")


def draw_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return as many new numbers for rows of a table, in growing order. On SQLite nobody else is writing."""
    if connection.dialect.name == POSTGRESQL:
        return connection.execute(_DRAW, {"name": table.name, "count": count}).scalars().all()
    last = connection.execute(_LAST_DRAWN, {"name": table.name}).scalar() or 0
    return range(last + 1, last + count + 1)


_Way = Callable[[Any], Any] | None


class Bulk:
    """A statement for many rows, compiled once for each database.

    SQLAlchemy would prepare the parameters of every row anew, which takes longer than SQLite needs to write them.
    Here their order and the way in of each type are looked up once. All rows have the same names, and the
    statement has no other parameters.
    """

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, list[tuple[str, _Way]]]] = {}

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for all rows."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = self._compile(dialect, list(rows[0]))
        statement, places = self._compiled[dialect.name]
        values = [tuple([row[name] if way is None else way(row[name]) for name, way in places]) for row in rows]
        connection.exec_driver_sql(statement, values)

    def _compile(self, dialect: Dialect, names: list[str]) -> tuple[str, list[tuple[str, _Way]]]:
        statement = self._build(postgresql.insert if dialect.name == POSTGRESQL else sqlite.insert)
        columns = names if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        return str(compiled), [(name, kinds[name].bind_processor(dialect)) for name in compiled.positiontup]


def bulk_insert(table: Table) -> Bulk:
    """Return an INSERT for many rows, which refuses a row that is there already."""
    return Bulk(lambda insert: insert(table))


def bulk_update(statement: Update) -> Bulk:
    """Return an UPDATE for many rows."""
    return Bulk(lambda _: statement)


def bulk_upsert(
    table: Table, *, update: Sequence[str] = (), changes: Callable[[Any], Mapping[str, Any]] | None = None
) -> Bulk:
    """Return an INSERT … ON CONFLICT for many rows.

    `update` names the columns that take the new value; `changes` gives expressions from the row that came, which
    SQL calls `excluded`. With neither, what is there already stays.
    """

    def build(insert: Any) -> Any:
        statement = insert(table)
        values = {name: statement.excluded[name] for name in update}
        values |= changes(statement.excluded) if changes else {}
        if not values:
            return statement.on_conflict_do_nothing()
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)

    return Bulk(build)
