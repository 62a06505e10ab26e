"""What loyalty adds to the demo shop, one file each (`customers.demo_shop`)."""
