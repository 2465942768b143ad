"""Becomes a server: gives up root, asks the system to signal it when its parent dies, then executes the command.

Run as a program of its own, by path, so that nothing happens between fork and exec in a process with threads (which
Python warns of), and so that it needs neither the environment nor the packages of its parent. The death signal comes
after the change of user, which would clear it.

    python -I -S launch.py <parent's pid> <signal> <uid or -1> <gid or -1> <command> [arguments]
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def give_up_root(user: int, group: int) -> None:
    """Become an ordinary user; PostgreSQL refuses to run as root, and nothing else here needs to."""
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def die_with_parent(parent: int, number: int) -> None:
    """Ask Linux for a signal when the parent's thread ends; a parent that is gone already never sends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The process that asked for this server is gone.")


def main(arguments: list[str]) -> None:
    """Do the three things in their order; does not return."""
    parent, number, user, group = (int(value) for value in arguments[:4])
    if user >= 0:
        give_up_root(user, group)
    os.umask(0o077)
    die_with_parent(parent, number)
    os.execv(arguments[4], arguments[4:])  # noqa: S606 - a shell is what this must not be


if __name__ == "__main__":
    main(sys.argv[1:])
