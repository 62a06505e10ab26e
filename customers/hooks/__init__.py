"""Outgoing webhooks: facts become rows in their own transaction, and a sweep tells them to the shop's systems.

`kinds` says what can be told, `telling` writes the rows, `delivering` calls, `noting` writes down what came of it,
`signing` proves that it was us, and `managing` is what people do. docs/webhooks.md says what is promised.
"""
