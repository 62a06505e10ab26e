"""The user that PostgreSQL runs as. It refuses to run as root, and rightly so.

As root we change to the owner of its data folder, `nobody` for a new one. A clone below a folder that only
root may enter (/root itself has mode 0700) is out of that user's reach. Three ways out were weighed.
Opening the folders to everybody changes what is not ours. A copy of the programs and the data somewhere
else leaves files behind when the clone is deleted. So PostgreSQL keeps one of root's capabilities,
CAP_DAC_OVERRIDE, which passes closed folders, and only where it is needed: still less than what the web and
worker processes of an installation run by root have.
"""

import ctypes
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.embedded.problem import Problem

CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
PR_SET_SECUREBITS = 28
NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    passes_closed_folders: bool

    def enter(self) -> None:
        """Become this user, for good. Called in a new process before its program starts."""
        if self.passes_closed_folders:
            # The kernel then takes no capability away at the change of user, nor leaves them out in access(2),
            # by which initdb looks for its companion.
            _call("prctl", PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0)
        os.setgroups([])
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        if self.passes_closed_folders:
            _keep_only(CAP_DAC_OVERRIDE)


def choose(data: Path, programs: Path) -> Account | None:
    """Whom to run as for this data folder; None where we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    uid, gid = _owner(data)
    within_reach = all(_may_pass(folder, uid) for folder in (data.parent, programs))
    return Account(uid, gid, passes_closed_folders=not (within_reach and _may_run(programs, uid)))


def _owner(data: Path) -> tuple[int, int]:
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Problem(
            "PostgreSQL cannot run as root, and this system has no user called nobody;"
            " run the command as a normal user."
        ) from error
    return nobody.pw_uid, nobody.pw_gid


def _may_pass(folder: Path, uid: int) -> bool:
    """Whether every folder on the way may be entered, by the plain rules (groups are not looked at)."""
    way = folder.resolve()
    return all(_allows(part, uid, stat.S_IXUSR, stat.S_IXOTH) for part in (way, *way.parents))


def _may_run(programs: Path, uid: int) -> bool:
    return all(_allows(file, uid, stat.S_IXUSR, stat.S_IXOTH) for file in programs.glob("*"))


def _allows(path: Path, uid: int, as_owner: int, as_other: int) -> bool:
    found = path.stat()
    return bool(found.st_mode & (as_owner if found.st_uid == uid else as_other))


def _keep_only(capability: int) -> None:
    """Hold one capability and hand it to the program that is started next (ambient, see capabilities(7))."""
    mask = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _call("capset", header, sets)
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _call(name: str, *arguments: object) -> None:
    function: Callable[..., int] = getattr(libc, name)
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name} was refused")
