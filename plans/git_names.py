"""Names as git takes them: of branches, and what may stand for one."""

_BAD = frozenset(" ~^:?*[\\\x7f")


def check_part(value: str) -> str:
    """Return a name that may be a part of a branch's.

    Raises:
        ValueError: git takes no such name.
    """
    if ".." in value or value.endswith((".", ".lock")):
        raise ValueError(f"{value!r} cannot name a git branch: no '..', no '.' or '.lock' at the end")
    return value


def check_branch(value: str) -> str:
    """Return the name of a branch, or of another ref.

    Raises:
        ValueError: git takes no such name.
    """
    parts = value.split("/")
    bad = not _BAD.isdisjoint(value) or any(ord(c) < 32 for c in value)
    if bad or "@{" in value or any(not p or p.startswith((".", "-")) for p in parts):
        raise ValueError(f"{value!r} is not a name git takes for a branch")
    return check_part(value)


def check_new_branch(value: str) -> str:
    """Return the name of a branch that planwave is to make, as `git branch` shows it.

    Raises:
        ValueError: it is no branch's.
    """
    name = value.removeprefix("refs/heads/")
    if name in {"HEAD", "@"} or name.startswith("refs/"):
        raise ValueError(f"{value!r} is no branch: name one as `git branch` shows it")
    return name


def as_base(value: str | None) -> str | None:
    """Take what is checked out for the absent base that it is."""
    return None if value in {"HEAD", "@"} else value
