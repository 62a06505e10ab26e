"""Bringing a retailer's history in: files are read, checked, mapped and recorded chunk by chunk.

`reading` knows bytes and lines, `guessing` proposes how to read them, `columns` what they may mean, `kinds` turns
rows into facts, `jobs` and `running` keep a run resumable, `reasons` says everything in words.
"""
