"""What messages can say of points (`customers.personalisation.MergeFields`)."""
