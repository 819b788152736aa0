"""Reading: from a file or standard input to chunks of whole records."""
