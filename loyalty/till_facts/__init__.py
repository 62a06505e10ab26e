"""What the till shows of a customer, one file each (`till_facts.base`)."""
