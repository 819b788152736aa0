"""Writing: titles, outputs that replace the old files together, the report, the rejects."""
