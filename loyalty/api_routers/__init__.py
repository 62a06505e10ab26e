"""What this app adds to the API, one file each (`customers.api.routers`)."""
