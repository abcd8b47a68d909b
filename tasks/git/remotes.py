"""What speaks to remotes on the user's behalf: with the user's own credentials, and without a question."""

import os

from tasks.git.client import Git


def unattended_ssh(git: Git) -> dict[str, str]:
    """Return the variables that keep ssh from asking for a password, unless the user chose how ssh is run."""
    chosen = {"GIT_SSH", "GIT_SSH_COMMAND"} & os.environ.keys()
    if chosen or git.run("config", "--get", "core.sshCommand", ok=(0, 1)).code == 0:
        return {}
    return {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}
