"""What channels keeps about people (`customers.privacy.PersonalData`)."""
