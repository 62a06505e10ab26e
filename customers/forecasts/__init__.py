"""RFM classes, expected next order, lapse risk and lifetime value of every customer, from her own orders.

`histories` reads a row of figures per customer, `buying`, `spending` and `rhythm` are the models over them, `rfm` the
classes, `predicting` puts them together, `keeping` writes them, `evaluation` holds them against what came after.
Methods, sources and measured quality stand in docs/forecasts.md.

`running` says when all of this is done, and is what tasks, commands and the demo shop call.
"""
