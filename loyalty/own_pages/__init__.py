"""Pages of a customer's own (`channels.own_pages.OwnPage`)."""
