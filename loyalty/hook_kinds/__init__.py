"""What webhooks can tell of loyalty (`customers.hooks.kinds.HookKind`), one file for each room."""
