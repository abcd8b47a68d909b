"""When people were asked something, so that the time in which a run only waited for them can be told apart."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from plans.render.idle import Span


@dataclass
class Questions:
    """The questions of one run; changed only on the run's event loop."""

    _asked: list[tuple[float, float | None]] = field(default_factory=list[tuple[float, float | None]])

    @contextmanager
    def asking(self, now: Callable[[], float]) -> Generator[None]:
        """Take note that somebody is asked something for the block; `now` is the run's clock."""
        began, place = now(), len(self._asked)
        self._asked.append((began, None))
        try:
            yield
        finally:
            self._asked[place] = (began, now())

    def spans(self, now: float) -> list[Span]:
        """Give from when to when each question was open; what still is, until now."""
        return [(began, now if ended is None else ended) for began, ended in self._asked]
