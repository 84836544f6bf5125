"""The embedded SQL engine, DuckDB, where it does what Arrow's own kernels cannot."""
