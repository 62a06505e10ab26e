"""From an audience to one outcome per person. docs/delivery.md tells the life of a delivery."""
