"""Forms of the pages of loyalty."""
