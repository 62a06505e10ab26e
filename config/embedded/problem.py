"""What stops an installation from running, said to the person at the keyboard."""

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path


class Problem(Exception):
    """One plain sentence with the mend."""


DISK_FULL = "The disk of {folder} is full; make room on it and start again."
WORDS_OF_A_FULL_DISK = ("No space left on device", "Check free disk space", "Disk quota exceeded")


def full_disk(said: Iterable[str], folder: Path) -> Problem | None:
    """The sentence for a full disk, if any line speaks of one."""
    if any(words in line for line in said for words in WORDS_OF_A_FULL_DISK):
        return Problem(DISK_FULL.format(folder=folder))
    return None


def from_error(error: OSError, folder: Path) -> Problem:
    """The sentence for an operating system's error at work in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem(DISK_FULL.format(folder=folder))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Problem(
            f"{error.filename or folder} may not be written by this user; run the command as the user"
            " who ran it first, or give the folder to this one with chown."
        )
    return Problem(f"{error.filename or folder}: {error.strerror}.")


def require_space(folder: Path, megabytes: int) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise Problem(f"Only {free} MB are free on the disk of {folder}; make room, {megabytes} MB at least.")
