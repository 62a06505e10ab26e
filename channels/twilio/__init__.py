"""What Twilio's words mean to us: its error codes, its signature, its reports."""
