"""What a child process sees of planwave's own environment: little, and always the same."""

import os
from collections.abc import Mapping, MutableMapping, Sequence

MARK = "PLANWAVE_MARK"
"""The variable that every child carries, so that what outlives its job can be found and ended."""

_PLACE = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"}
_NETWORK = {
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",
}  # fmt: skip
_TOOLCHAINS = {
    "LD_LIBRARY_PATH", "JAVA_HOME", "GOPATH", "GOROOT", "CARGO_HOME", "RUSTUP_HOME", "NVM_DIR", "PNPM_HOME",
    "VOLTA_HOME", "PYENV_ROOT",
}  # fmt: skip
_ALLOWED = _PLACE | _NETWORK | _TOOLCHAINS
_ALLOWED_PREFIXES = ("LC_", "XDG_")

_FIXED = {
    "CI": "1",
    # Also in repositories that a job makes by itself: the user's signing program may wait for him.
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "commit.gpgSign",
    "GIT_CONFIG_KEY_1": "tag.gpgSign",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_VALUE_1": "false",
    "GIT_EDITOR": "true",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
}
"""Nothing asks, signs, pages or colours, and a look at a repository takes no lock in it."""

_SIGNING_IN = {
    "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_TTY", "NETRC", "CURL_HOME",
    "GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS",
}  # fmt: skip
_SIGNING_IN_PREFIXES = ("SSH_", "KRB5", "GCM_", "GH_", "GLAB_", "AWS_", "CLOUDSDK_")
"""What credential helpers and transports of git read, ssh and its agent among them."""

CREDENTIALS = frozenset({
    "PREFECT_API_AUTH_STRING", "PREFECT_API_KEY", "PREFECT_CLIENT_CUSTOM_HEADERS", "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_PASSWORD", "PREFECT_API_DATABASE_PASSWORD",
})  # fmt: skip
"""What opens the Prefect server that keeps the runs: with it, a job could answer its own gate."""

_REFUSED = CREDENTIALS | {
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_PREFIX",
}  # fmt: skip
"""Not passed on even by name: nor is what would point a child's git at another repository than it stands in."""


def is_passed_to_all(name: str) -> bool:
    """Return whether every child is passed a variable, so that it holds no secret."""
    return name in _ALLOWED or name.startswith(_ALLOWED_PREFIXES)


def is_for_git(name: str, *, user_config: bool) -> bool:
    """Return whether planwave's git is passed a variable of planwave's own environment.

    A git that works on a hub is passed what every child is: no secrets. One that works on the user's repository with
    his configuration is passed besides what signing in at a remote takes: agents, tokens of known helpers, and what
    `PLANWAVE_GIT_ENV` names (with commas between), for helpers of his own.
    """
    if name in CREDENTIALS:
        return False
    if is_passed_to_all(name) or name == "GIT_EXEC_PATH":
        return True
    return user_config and (name in _SIGNING_IN or name.startswith(_SIGNING_IN_PREFIXES) or name in _named_for_git())


def _named_for_git() -> list[str]:
    return os.environ.get("PLANWAVE_GIT_ENV", "").replace(",", " ").split()


def child_environment(
    *, mark: str, passed: Sequence[str] = (), extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the whole environment of a child process.

    It holds, the later over the earlier: an allow list of planwave's own variables (where things are, locale, proxies
    and certificates, toolchains; no secrets), settings that keep programs from asking, and what is asked for here.
    `PATH` is the user's, unchanged. Never in it unless named: `PYTHONPATH`, `VIRTUAL_ENV`, `PREFECT_*`, keys, tokens.

    Args:
        mark: the value of `PLANWAVE_MARK`, by which `tasks.programs.sweep` finds what the child leaves behind.
        passed: names of variables to pass on besides, where they are set; git's repository variables and the keys
            of the Prefect server never are.
        extra: variables to add.
    """
    named = (set(passed) | _ALLOWED) - _REFUSED
    ours = {k: v for k, v in os.environ.items() if k in named or k.startswith(_ALLOWED_PREFIXES)}
    asked = {name: ours[name] for name in passed if name in ours}
    return {**ours, **_FIXED, **asked, **(extra or {}), MARK: mark}


def take_credentials_out(environ: MutableMapping[str, str] = os.environ) -> None:
    """Take what opens the Prefect server out of the environment, once Prefect has been imported and has read it.

    Every program that is started without an environment of its own would inherit it: git, and what git starts.
    """
    for name in CREDENTIALS:
        environ.pop(name, None)
