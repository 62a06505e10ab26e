"""What webhooks can tell of campaigns (`customers.hooks.kinds.HookKind`), one file for each room."""
