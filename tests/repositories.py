"""What tests ask of a user's repository: git as a user runs it, a small project, and what must stay as it was."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

FILES: Mapping[str, str] = {
    "README.md": "# A small project\n",
    ".gitignore": "*.log\nbuild/\n",
    "src/a.py": "".join(f"a{n} = {n}\n" for n in range(12)),
    "src/b.py": "".join(f"b{n} = {n}\n" for n in range(12)),
    "docs/guide.md": "# Guide\n",
}
_OURS = (".git/objects", ".git/refs/heads/planwave", ".git/logs/refs/heads/planwave", ".git/refs/planwave")


def run_git(folder: Path, *args: str) -> str:
    """Run git in a folder as a user does, and give its output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {f"GIT_{who}_{what}": "u@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**kept, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    argv = ("git", "-c", "protocol.file.allow=always", *args)
    return subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str] = FILES) -> None:
    """Make a checkout on `main` with one commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    run_git(folder, "init", "-q", "-b", "main")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-q", "--allow-empty", "-m", "First")


def fingerprint(folder: Path) -> dict[str, str]:
    """Hash every file of a checkout and its `.git`, but for objects and planwave's branches."""
    names = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    return {
        name: f"{path.lstat().st_mode:o} " + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for name, path in names.items()
        if not name.startswith(_OURS)
    }
