"""Writes titles in formats that other programs read: NDJSON, JSON, CSV, SQLite and Parquet.

The name, the type and the reader of each column are defined as data: in `documents` for JSON, in `tables` for the other
formats. The modules ``to_*`` write these columns, one title at a time.
"""
