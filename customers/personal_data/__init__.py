"""What becomes of this app's rows about a person (`customers.privacy`)."""
