"""What campaigns show on the customer page, one file each (`customers.panels.Panel`)."""
