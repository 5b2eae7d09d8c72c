"""The SQLite that Stamgast runs on when no PostgreSQL is named."""
