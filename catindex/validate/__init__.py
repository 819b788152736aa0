"""Checks files: their structure against RELAX NG schemas, and their content against a table of rules."""
