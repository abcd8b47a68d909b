"""Which waves are open, and what their gates said."""

from collections.abc import Iterable

from plans.schedule.layout import Layout


class Waves:
    """Waves by number, in plan order: they open one after another, each once the barriers before it let it.

    Attributes:
        opened: when each wave that is open opened, in seconds.
        gates: what the gates decided so far (True: GO).
        doomed: `fail_fast` waves in which a job failed.
    """

    def __init__(self, layout: Layout) -> None:
        self._waves = layout.plan.waves
        self.opened: list[float] = []
        self.gates: dict[int, bool] = {}
        self.doomed: set[int] = set()

    def copy(self) -> "Waves":
        """Return waves that stand alike and go their own way."""
        twin = object.__new__(Waves)
        twin._waves = self._waves
        twin.opened, twin.gates, twin.doomed = self.opened.copy(), self.gates.copy(), self.doomed.copy()
        return twin

    def open_next(self, now: float) -> Iterable[int]:
        """Open every wave that nothing holds back any more; give their numbers."""
        first = len(self.opened)
        while len(self.opened) < len(self._waves) and (not self.opened or self._lets_on(len(self.opened) - 1)):
            self.opened.append(now)
        return range(first, len(self.opened))

    def unopened(self) -> Iterable[int]:
        """Return the waves that are not open."""
        return range(len(self.opened), len(self._waves))

    def waits_for_gate(self) -> int | None:
        """Return the wave whose gate, not decided yet, holds back others."""
        last = len(self.opened) - 1
        held = 0 <= last < len(self._waves) - 1 and self._waves[last].barrier and last not in self.gates
        return last if held else None

    def _lets_on(self, wave: int) -> bool:
        return not self._waves[wave].barrier or self.gates.get(wave, False)
