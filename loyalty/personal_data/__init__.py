"""What loyalty keeps about people (`customers.privacy.PersonalData`)."""
