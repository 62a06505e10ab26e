"""What customers keeps about people (`customers.privacy.PersonalData`)."""
