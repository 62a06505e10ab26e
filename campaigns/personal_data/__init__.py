"""What campaigns keeps about people (`customers.privacy.PersonalData`)."""
