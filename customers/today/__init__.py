"""What the page of today says of customers and of what this installation is connected to."""
