"""What a target repository holds, asked by the patterns of a plan."""

from collections.abc import Callable
from pathlib import Path

from pathspec import GitIgnoreSpec

from plans.ownership.patterns import parse_pattern
from tasks.repository.user_repo import find_repository

_WILD = frozenset("*?[\\!")


def path_lookup(repo: str | Path, base: str | None) -> Callable[[str], bool]:
    """Return a function that tells whether anything in the start commit of a repository matches a pattern.

    Raises:
        RepositoryUnusable: no repository there, no commit in it, or no such base.
    """
    user_repo = find_repository(repo)
    listed = user_repo.git.run("ls-tree", "-r", "-z", "--name-only", user_repo.start(base).commit).out
    files = [name for name in listed.decode(errors="surrogateescape").split("\0") if name]
    folders = {str(parent) for name in files for parent in Path(name).parents}
    plain = {*files, *folders}

    def exists(pattern: str) -> bool:
        # Most patterns are paths; asking each of them of every file would make checking large repositories slow.
        if not _WILD & set(pattern) and pattern.strip("/") in plain:
            return True
        spec = GitIgnoreSpec.from_lines([parse_pattern(pattern).gitignore])
        return next(iter(spec.match_files(files)), None) is not None

    return exists
