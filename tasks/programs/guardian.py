"""A process beside the run that outlives it: when planwave is killed, it ends the agents that planwave started.

Run as a program, it waits for its input to close. A run that ends in order says so first; whatever else closes the pipe
is a death, and all that carries the run's mark is ended.
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_IN_ORDER = b"in order"


@contextmanager
def guarded_children(mark: str) -> Generator[None]:
    """Have everything with a mark ended, if this process dies within the block.

    Args:
        mark: the mark of one run, so that the guardian of a killed run leaves the next one's processes alone.
    """
    argv = [sys.executable, "-I", __file__, mark]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        argv, bufsize=0, cwd="/", stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
    ) as guardian:
        assert guardian.stdin is not None
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                guardian.stdin.write(_IN_ORDER)


def _guard(mark: str) -> None:
    if sys.stdin.buffer.read() == _IN_ORDER:
        return
    # Isolated, so that nothing of the user's is imported; planwave itself is beside this file.
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tasks.programs.sweep import sweep  # noqa: PLC0415 - most guardians never need it

    sweep(mark)


if __name__ == "__main__":
    _guard(sys.argv[1])
