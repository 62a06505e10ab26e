"""Messages on the shop's own pages: kept for her browser, handed to it, and what she did with them."""
