"""The little that SQLite and PostgreSQL write differently: moments, long lists and INSERT … ON CONFLICT.

Everything else in this room is one SQL for both.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, DateTime, String, Table, Text, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

POSTGRESQL = "postgresql"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, in and out.

    SQLite has no such type: there it is ISO text of one width, which sorts and compares as time does.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the column type of the database."""
        if dialect.name == POSTGRESQL:
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(32))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return the way in, which refuses a moment without a zone."""
        is_text = dialect.name != POSTGRESQL

        def process(value: datetime | None) -> Any:
            if value is None:
                return None
            if value.tzinfo is None:
                raise ValueError("A moment without a time zone cannot be kept.")
            utc = value.astimezone(UTC)
            return utc.isoformat(timespec="microseconds") if is_text else utc

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return the way out."""
        if dialect.name == POSTGRESQL:
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else datetime.fromisoformat(value)


class _Listed(FunctionElement[str]):
    """The texts of a JSON list as a column of rows."""

    name = "listed"
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_on_sqlite(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608


@compiles(_Listed, "postgresql")
def _listed_on_postgresql(element: _Listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS jsonb)))"


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Return the condition that a text column is one of a list, given as `json_list(…)`.

    A list of any length is one parameter, so the statement's text never changes and both databases keep its plan.
    """
    return column.bool_op("IN")(_Listed(bindparam(parameter, type_=Text())))


def json_list(values: Iterable[str]) -> str:
    """Return a list as the parameter of `among`, in one order whatever order it came in."""
    return json.dumps(sorted(set(values)))


_LAST_DRAWN = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_DRAW = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")


def draw_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return as many new numbers for rows of a table, in growing order. On SQLite nobody else is writing."""
    if connection.dialect.name == POSTGRESQL:
        return connection.execute(_DRAW, {"name": table.name, "count": count}).scalars().all()
    last = connection.execute(_LAST_DRAWN, {"name": table.name}).scalar() or 0
    return range(last + 1, last + count + 1)


class Upsert:
    """An INSERT … ON CONFLICT for many rows, built once for both databases.

    `update` names the columns that take the new value, or gives expressions over `table` and the row that was
    refused (`excluded`). With neither, what is there already stays.
    """

    def __init__(
        self,
        table: Table,
        *,
        update: Sequence[str] = (),
        changes: Callable[[Any], Mapping[str, Any]] | None = None,
        where: ColumnElement[bool] | None = None,
        returning: Sequence[Column[Any]] = (),
    ) -> None:
        keys = [column.name for column in table.primary_key]
        self._statements: dict[str, Any] = {}
        for dialect in (sqlite, postgresql):
            statement: Any = dialect.insert(table)
            values = {name: statement.excluded[name] for name in update}
            if changes is not None:
                values |= changes(statement.excluded)
            if values:
                statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)
            else:
                statement = statement.on_conflict_do_nothing()
            self._statements[dialect.__name__.rpartition(".")[2]] = (
                statement.returning(*returning) if returning else statement
            )

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Run it for all rows."""
        return connection.execute(self._statements[connection.dialect.name], list(rows))
