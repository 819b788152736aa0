"""What the announcements say of one record, as functions on lxml elements."""
