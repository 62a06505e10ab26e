"""What this app adds to the customer page, one file each (`customers.panels`, `customers.timeline`)."""
