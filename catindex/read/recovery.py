"""Placeholder."""

from catindex.read.chunks import ChunkReader


class Recovery(ChunkReader):
    """Placeholder."""
