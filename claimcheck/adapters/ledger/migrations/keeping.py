"""Has PostgreSQL itself refuse to change or delete a row. On SQLite each revision does so; here it is one rule for all tables.

A revision that must rewrite rows drops the table's `keep_` trigger first; the rule is made again at the end of the migration.
"""

from sqlalchemy import Connection

_FUNCTION = """
CREATE OR REPLACE FUNCTION claimcheck_keep() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END$$
"""
_BARE = """
SELECT c.relname FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
AND c.relname = ANY(%s) AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'keep_' || c.relname)
ORDER BY c.relname
"""


def protect(connection: Connection) -> None:
    """Give each of the ledger's tables that lacks it the trigger that refuses; tables of other programs stay as they are."""
    from claimcheck.adapters.ledger.tables import Row

    connection.exec_driver_sql(_FUNCTION)
    for table in connection.exec_driver_sql(_BARE, (sorted(Row.metadata.tables),)).scalars().all():
        connection.exec_driver_sql(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION claimcheck_keep()"
        )
