"""What loyalty adds to the demo shop."""
