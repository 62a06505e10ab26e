"""Mail services that take many mails in one call, one file each (channels/backends/batches.py)."""
