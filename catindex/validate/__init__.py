"""Is a file right: its structure by RELAX NG schemas, its sense by a table of rules."""
