"""Values from the environment, or from the file that NAME_FILE names, as containers give secrets."""

import environ
from environ.fileaware_mapping import FileAwareMapping


class _Values(FileAwareMapping):  # type: ignore[misc]  # the library has no types
    def __getitem__(self, key: str) -> str:
        # Editors and `echo` end a file with a line break; in a password or an address it would be wrong.
        value: str = super().__getitem__(key)
        return value.rstrip("\r\n")


class Environment(environ.Env):  # type: ignore[misc]
    ENVIRON = _Values()
