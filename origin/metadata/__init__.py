"""Where facts lie: one SQL schema for SQLite and PostgreSQL."""
