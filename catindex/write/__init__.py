"""Writing: titles, outputs that are put in place together, the report, the rejects."""
