"""What webhooks can tell of customers (`customers.hooks.kinds.HookKind`), one file for each room."""
