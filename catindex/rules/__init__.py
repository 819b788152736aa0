"""The rules of the announcements for a single record, as functions on lxml elements."""
