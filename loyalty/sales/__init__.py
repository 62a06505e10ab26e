"""Private sales: who may enter when, and a door that shop and till ask."""
