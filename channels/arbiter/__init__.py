"""May this person be written to now? Gates load facts for many rows at once; timing and choice are pure
functions. Dry run, explanation and sending all ask here."""
