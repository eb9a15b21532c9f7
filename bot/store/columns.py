"""Moments in UTC and long lists of texts, which SQLite and PostgreSQL write differently."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, String, Text, bindparam
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
        # The rows of a batch mostly share one moment.
        last: tuple[datetime | None, Any] = (None, None)

        def process(value: datetime | None) -> Any:
            nonlocal last
            if value is None:
                return None
            was, kept = last
            if value == was:
                return kept
            if value.tzinfo is None:
                raise ValueError("A moment without a time zone cannot be kept.")
            utc = value.astimezone(UTC)
            last = (value, utc.isoformat(timespec="microseconds") if is_text else utc)
            return last[1]

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Return the way out."""
        if dialect.name == POSTGRESQL:
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else datetime.fromisoformat(value)


class _Seconds(FunctionElement[int]):
    """A moment in whole seconds since 1970."""

    name = "seconds"
    type = Integer()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _seconds_on_sqlite(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(_Seconds, "postgresql")
def _seconds_on_postgresql(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(floor(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"


def seconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a moment in whole seconds, so that both databases tell alike how long it was between two."""
    return _Seconds(moment)


class _Among(FunctionElement[Any]):
    """A column's value is one of the texts of a JSON list.

    It has no type: of a Boolean, SQLAlchemy would ask on SQLite whether it is 1, and no index answers that.
    """

    name = "among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, listed = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    # As an array, and not as rows, it is looked up in an index, whatever the statistics say.
    column, listed = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({listed} AS jsonb))))"


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Return the condition that a text column is one of a list, given as `json_list(…)`.

    A list of any length is one parameter, so the statement's text never changes and both databases keep its plan.
    """
    return _Among(column, bindparam(parameter, type_=Text()))


def json_list(values: Iterable[str]) -> str:
    """Return a list as the parameter of `among`, in one order whatever order it came in."""
    return json.dumps(sorted(set(values)))
