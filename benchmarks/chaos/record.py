"""What is counted, kept in a file between slices."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """What came of the strikes of one seed so far; figures of slices add up."""

    model_config = ConfigDict(extra="forbid")

    seed: int
    others: list[int] = []
    """The seeds of what was added to it."""
    kills: dict[str, int] = {}
    """How many there were, by what was hit and when."""
    drawn: int = 0
    """The number of the next strike."""
    plans: int = 0
    runs: int = 0
    slices: int = 0
    took_s: float = 0.0
    recovered_s: list[float] = []
    """From each start after a run that was ended, until work was seen to go on."""
    wrong: list[str] = []

    @property
    def total(self) -> int:
        """All kills."""
        return sum(self.kills.values())

    def count(self, name: str) -> None:
        """Count one kill."""
        self.kills[name] = self.kills.get(name, 0) + 1

    def plus(self, other: "Record") -> "Record":
        """Return the sum of this and what came of another seed."""
        both = Counter(self.kills) + Counter(other.kills)
        return Record(
            seed=self.seed,
            others=[*self.others, other.seed, *other.others],
            kills=dict(both),
            drawn=self.drawn + other.drawn,
            plans=self.plans + other.plans,
            runs=self.runs + other.runs,
            slices=self.slices + other.slices,
            took_s=self.took_s + other.took_s,
            recovered_s=[*self.recovered_s, *other.recovered_s],
            wrong=[*self.wrong, *other.wrong],
        )

    def told(self) -> str:
        """Return the figures as a table of Markdown."""
        steps = {name: n for name, n in self.kills.items() if name.startswith("at a step")}
        kinds = Counter({name: n for name, n in self.kills.items() if name not in steps})
        kinds["at a named step"] = sum(steps.values())
        recovered = f"{median(self.recovered_s):.1f} s ({len(self.recovered_s)} times)" if self.recovered_s else "-"
        rows = [
            ("seed", ", ".join(map(str, (self.seed, *self.others)))),
            ("kills", self.total),
            *((f"- {name}", n) for name, n in sorted(kinds.items())),
            ("different named steps hit", len(steps)),
            ("plans", self.plans),
            ("runs", self.runs),
            ("median from a start after a kill until work goes on", recovered),
            ("took", f"{self.took_s:.0f} s in {self.slices} slice(s)"),
            ("wrong", len(self.wrong)),
        ]
        return "\n".join(["| what | measured |", "|---|---|", *(f"| {what} | {measured} |" for what, measured in rows)])


@dataclass
class Ledger:
    """A record with the file that it is kept in, if any: written after each plan, so that a slice may be ended too."""

    record: Record
    file: Path | None = None
    say: Callable[[str], object] = field(default=lambda _: None)

    def save(self) -> None:
        """Write it out."""
        if self.file is not None:
            new = self.file.with_suffix(".new")
            new.write_text(self.record.model_dump_json(indent=1))
            new.replace(self.file)


@contextmanager
def kept(file: Path | None, seed: int, say: Callable[[str], object]) -> Generator[Ledger]:
    """Yield what was counted before, or nothing yet; it is written out at the end of the block.

    Raises:
        ValueError: the file is of another seed.
    """
    record = Record(seed=seed)
    if file is not None and file.exists():
        record = Record.model_validate_json(file.read_text())
    if record.seed != seed:
        raise ValueError(f"{file} is of seed {record.seed}: name that one, or another file")
    ledger = Ledger(record, file, say)
    try:
        yield ledger
    finally:
        ledger.save()
