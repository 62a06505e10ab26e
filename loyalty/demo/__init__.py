"""What loyalty adds to the demo shop (`customers.demo_shop.Stage`), one file per area."""
