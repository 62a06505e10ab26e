"""What came of a run. Each figure is the number of rows of a query that a page can list: nothing is stored."""
