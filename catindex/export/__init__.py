"""Titles in the forms that other programs read: NDJSON, CSV, SQLite, Parquet.

What a column is called, of what type it is and how it is read is told once, as data: of documents in `documents`, of
tables in `tables`. The modules ``to_*`` write what they find there, a title at a time.
"""
