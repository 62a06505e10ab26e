"""Columns of import files, one module each; other apps have a folder of the same name."""
