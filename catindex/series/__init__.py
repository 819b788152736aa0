"""Series: from seasons, episodes and discs to one title."""
