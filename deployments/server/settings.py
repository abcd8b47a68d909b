"""The settings of planwave's own Prefect server and of the processes that talk to it.

Both start from an environment without any `PREFECT_*` of the user: a profile, a database or an API key that was meant
for other work must not leak into planwave's server, nor planwave's runs into theirs.
"""

from collections.abc import Mapping, MutableMapping

from deployments.server.password import SERVER

HOST = "127.0.0.1"
PAGES = "pages"
"""The folder of the pages, in the server's home."""

QUIET: Mapping[str, str] = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}

SERVER_SETTINGS: Mapping[str, str] = {
    **QUIET,
    # By default every task run event is a transaction of its own: 20 ms of the server's CPU each, and at 5,000 at once
    # events are dropped for good. In batches: 4 ms each, all shown. An interval below 1 s is a busy loop.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "2",
    # With leases in memory, slots that are held while the server restarts are lost for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}

CLIENT_SETTINGS: Mapping[str, str] = {
    **QUIET,
    # The default of 5 gives up after a minute without a server.
    "PREFECT_CLIENT_MAX_RETRIES": "10",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # A server that went away must be an error, not a hidden second one on a random port.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
}


def server_environment(prefect_home: str, port: int, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a server that listens on `port` and keeps everything in `prefect_home`."""
    return {
        **without_prefect(environ),
        **SERVER_SETTINGS,
        "PREFECT_HOME": prefect_home,
        # Its password is in this profile, and so in no environment, which other programs of the user can read.
        "PREFECT_PROFILE": SERVER,
        # Pages of other addresses get no answer from the API, which by default answers to all.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port},http://localhost:{port}",
        # Prefect copies its pages there; by default into its own package, where planwave could not add one.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": f"{prefect_home}/{PAGES}",
        # The port on the command line does not reach the pages, which would ask port 4200.
        "PREFECT_SERVER_UI_API_URL": f"http://{HOST}:{port}/api",
    }


def without_prefect(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy without any setting of Prefect."""
    return {name: value for name, value in environ.items() if not name.startswith("PREFECT_")}


def bypass_proxy(environ: MutableMapping[str, str]) -> None:
    """Keep requests to planwave's own server away from a proxy that the environment names."""
    for name in ("NO_PROXY", "no_proxy"):
        named = [part for part in environ.get(name, "").split(",") if part]
        if HOST not in named:
            environ[name] = ",".join([*named, HOST])
