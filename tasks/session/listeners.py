"""Those in this process who are told something as it happens: slow, broken or gone, they neither hold nor end a run."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

_T = TypeVar("_T")

LAST_WORDS_S = 5.0


class Listeners(Generic[_T]):
    """Listeners of one sort of thing; each hears it in order, on a thread of its own.

    Args:
        only_latest: a listener that is behind is not told what is overtaken by now.
        last_words_s: how long the end of its block waits for a listener that has not heard all of it.
    """

    def __init__(self, *, only_latest: bool = False, last_words_s: float = LAST_WORDS_S) -> None:
        self._kept = 1 if only_latest else None
        self._last_words_s = last_words_s
        self._ears: list[Ear[_T]] = []

    @contextmanager
    def listening(self, listener: Callable[[_T], object]) -> Generator[None]:
        """Let `listener` hear everything that is told in the block; at its end it has heard it, or is left alone."""
        ear = Ear(listener, self._kept)
        self._ears.append(ear)
        try:
            yield
        finally:
            self._ears.remove(ear)
            ear.finish(self._last_words_s)

    def tell(self, said: _T) -> None:
        """Tell everybody; never waits, and may be called from any thread."""
        for ear in tuple(self._ears):
            ear.put(said)


class Ear(Generic[_T]):
    """What one listener has not heard yet, and the thread that tells it."""

    def __init__(self, listener: Callable[[_T], object], kept: int | None = None) -> None:
        """Begin to listen; of what waits, the latest so many are kept, or (None) all."""
        self._listener = listener
        self._waiting: deque[_T] = deque(maxlen=kept)
        self._is_over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._hear_all, name="planwave-listener", daemon=True)
        self._thread.start()

    def put(self, said: _T) -> None:
        """Have it heard when that is possible; never waits."""
        with self._changed:
            if not self._is_over:
                self._waiting.append(said)
                self._changed.notify()

    def finish(self, limit_s: float) -> None:
        """Wait until all is heard, but not for ever; nothing more is."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join(limit_s)

    def _hear_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_over)
                if not self._waiting:
                    return
                said = self._waiting.popleft()
            if not told(self._listener, said):
                self._drop()

    def _drop(self) -> None:
        """Tell it nothing more."""
        with self._changed:
            self._is_over = True
            self._waiting.clear()


def told(listener: Callable[[_T], object], said: _T) -> bool:
    """Tell a listener, and give whether it took it; an error of its own is logged and goes no further."""
    try:
        listener(said)
    except Exception:  # a listener may be anybody's, and the run is what matters
        logging.getLogger("planwave").exception("what listens to the run has failed")
        return False
    return True
