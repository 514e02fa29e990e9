"""The engine room: SQL files and measures as one DAG, run on DuckDB."""
