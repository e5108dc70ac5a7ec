"""As whom the server runs."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.errors import EmbeddedError

# Without an account on any system, so nothing else runs as it; below 65536, so that it exists in user namespaces.
SERVER_UID = 26543


@dataclass(frozen=True, slots=True)
class Identity:
    """A uid and gid to run programs as. `switch` is False when they are our own."""

    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str | os.PathLike[str]], *, cwd: Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end in a session of its own (a Ctrl-C in our terminal is not for it), output captured together."""
        arguments = [os.fspath(part) for part in command]
        environment = dict(env or clean_environment())
        try:
            return subprocess.run(
                arguments,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                umask=0o077,
                check=False,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )
        except PermissionError:
            if not self.switch:
                raise
            raise EmbeddedError(
                "start-failed",
                "PostgreSQL does not run as root and this root may not change its uid; set DATABASE_URL.",
            ) from None

    def can(self, flag: str, *paths: Path) -> bool:
        """Whether this identity passes `test <flag>` on every path: the kernel's answer, with ACLs and mounts."""
        script = 'for p in "$@"; do test "$0" "$p" || exit 1; done'
        return self.run(["/bin/sh", "-c", script.replace('"$0"', flag), "sh", *paths], cwd=Path("/")).returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` (one file or directory) to this identity."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def clean_environment() -> dict[str, str]:
    """No PG* variable, locale or library path of ours may change what the server does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def server_identity(owner: int | None = None) -> Identity:
    """Ourselves, or under root a uid without rights: the `owner` of existing files, else SERVER_UID."""
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), switch=False)
    uid = owner if owner else SERVER_UID
    return Identity(uid, _group_of(uid), switch=True)


def initdb_identity(server: Identity) -> Identity:
    """initdb, unlike the server, insists on a uid with an account: the server's own if it has one, else `nobody`."""
    if not server.switch or _has_account(server.uid):
        return server
    try:
        account = pwd.getpwnam("nobody")
    except KeyError:
        accounts = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        if not accounts:
            raise EmbeddedError("initdb-failed", "There is no account but root on this system.") from None
        account = accounts[-1]
    return Identity(account.pw_uid, account.pw_gid, switch=True)


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
