"""Logs keep the beginning and the end of any output, and a flood costs neither memory nor time on the loop."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.programs.environment import child_environment
from tasks.programs.output import LINES_PER_S, LONGEST_LINE_BYTES, CappedLog, LineFeed, Output
from tasks.programs.run_program import Launch, run_program

Chunks = st.lists(st.binary(max_size=40), max_size=30)


def logged(chunks: list[bytes], *, head: int, tail: int, before: bytes = b"") -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(before)
        log = CappedLog(path, head=head, tail=tail)
        for chunk in chunks:
            log.write(chunk)
        log.close()
        log.close()
        return path.read_bytes()


@given(chunks=Chunks, head=st.integers(0, 50), tail=st.integers(1, 50), before=st.binary(max_size=5))
def test_a_log_is_the_beginning_and_the_end_of_what_was_written(
    chunks: list[bytes], head: int, tail: int, before: bytes
) -> None:
    written = b"".join(chunks)
    left_out = len(written) - head - tail
    if left_out <= 0:
        expected = written
    else:
        note = f"\n[planwave left out {left_out} bytes here]\n".encode()
        expected = written[:head] + note + written[-tail:]
    assert logged(chunks, head=head, tail=tail, before=before) == before + expected


def test_a_log_of_a_full_disk_is_cut_short_and_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    log = CappedLog(full)
    log.write(b"lost")
    log.write(b"too")
    log.close()
    assert "is cut short: No space left on device" in caplog.text


def told(chunks: list[bytes]) -> list[str]:
    lines: list[str] = []
    feed = LineFeed(lines.append)
    for chunk in chunks:
        feed.add(chunk)
    feed.close()
    return lines


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=8), max_size=20), st.data())
def test_lines_are_told_whole_however_they_arrive(lines: list[str], data: st.DataObject) -> None:
    stream = "".join(f"{line}\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert told(chunks) == lines


def test_a_line_without_end_is_cut() -> None:
    (line, after) = told([b"x" * LONGEST_LINE_BYTES] * 5 + [b"\nafter\n"])
    assert (line, after) == ("x" * LONGEST_LINE_BYTES, "after")


def test_of_a_flood_of_lines_only_some_are_told() -> None:
    assert len(told([b"y\n" * 50_000])) <= LINES_PER_S


def test_a_carriage_return_is_no_part_of_a_line() -> None:
    assert told([b"dos\r\n"]) == ["dos"]


def test_the_tail_is_the_last_of_the_output(tmp_path: Path) -> None:
    output = Output(tmp_path / "deep" / "log")
    for _ in range(100):
        output.add(b"a" * 1000)
    output.add("the end \u00e9".encode())
    output.close()
    assert len(output.tail.encode()) == 4096
    assert output.tail.endswith("aathe end \u00e9")
    assert output.total_bytes == 100_010


FLOOD_BYTES = 300 * 2**20


async def test_a_flood_fills_neither_memory_nor_disk_nor_blocks_the_loop(tmp_path: Path) -> None:
    memory = psutil.Process().memory_info
    before, peak, latest_s = memory().rss, 0, 0.0

    async def watch() -> None:
        nonlocal peak, latest_s
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.005)
            latest_s = max(latest_s, time.perf_counter() - asked - 0.005)
            peak = max(peak, memory().rss)

    watching = asyncio.ensure_future(watch())
    script = f"yes 'a line of some length, as programs write them' | head -c {FLOOD_BYTES}; echo; echo the end"
    lines: list[str] = []
    what = Launch(argv=("sh", "-c", script), cwd=tmp_path, env=child_environment(mark="flood"))
    end = await run_program(what, log=tmp_path / "log", timeout_s=120, on_line=lines.append)
    watching.cancel()
    assert 0 < len(lines) < 50 * LINES_PER_S
    assert (end.code, end.output_bytes) == (0, FLOOD_BYTES + len("\nthe end\n"))
    assert end.tail.endswith("\nthe end\n")
    assert (tmp_path / "log").stat().st_size < 17 * 2**20
    assert (peak - before) < 50 * 2**20
    assert latest_s < 0.25  # 10 ms on an idle machine; the bound allows for a busy one
