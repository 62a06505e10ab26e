"""What came of a run. Each figure counts the rows of a query that a page lists; nothing is stored."""
