"""Gift cards: codes, issuing, and what is booked on them (`gift_cards.bookings.charge(...)`)."""
