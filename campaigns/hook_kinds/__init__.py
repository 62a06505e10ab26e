"""What webhooks can tell of channels (`customers.hooks.kinds.HookKind`), one file for each room."""
