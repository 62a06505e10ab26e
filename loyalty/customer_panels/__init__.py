"""Points and coupons on the page of a customer and in her timeline."""
