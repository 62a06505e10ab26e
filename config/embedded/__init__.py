"""PostgreSQL, Valkey and our own processes on one machine, for an installation without servers of its own."""
