"""A plan is read once: what was checked is what runs; what the server is told of it can be read again."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.flows.commands import Planwave
from tests.flows.plans import PlanDict, job, plan, wave
from tests.repositories import run_git


def text_of(named: PlanDict) -> bytes:
    return json.dumps({"version": 1, **named}).encode()


@contextmanager
def served(data: bytes) -> Generator[tuple[str, list[str]]]:
    """Serve a text at every address; give the site, and the list of the addresses that were asked for."""
    asked: list[str] = []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so named where it is overridden
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_url_is_fetched_once_and_is_the_parameter(planwave: Planwave, repo: Path) -> None:
    data = text_of(plan("fetched", wave("w", job("a"))))
    with served(data) as (site, asked):
        ended = planwave.start("run", f"{site}/plan.yaml", "--repo", str(repo), "--json").end()
    assert ended.code == 0, ended.err
    assert asked == ["/plan.yaml"]
    told = planwave.parameters(ended.flow_run)
    assert (told["plan"], told["plan_digest"]) == (f"{site}/plan.yaml", sha256(data).hexdigest())


def test_a_document_that_its_own_job_edits_runs_and_shows_as_it_was(planwave: Planwave, repo: Path) -> None:
    file = planwave.folder / "PLAN.md"
    file.write_text("# Notes\n\n## Wave 1\n\n- [ ] Task 1.1: Write the notes\n- [ ] Task 1.2: Read the notes\n")
    first = planwave.start("run", "PLAN.md", "--repo", "project", "--agent", "scripted", "--json")
    first.wait_for("run.started")
    file.write_text("# Notes\n\n## Wave 1\n\n- [ ] Task 1.1: Burn the notes\n")
    ended = first.end()
    assert ended.code == 0, ended.err
    assert len(ended.subjects("job.completed")) == 2
    told = planwave.parameters(ended.flow_run)
    assert (told["plan"], told["repo"]) == (str(file), str(repo))
    which = {"key": {"any_": ["notes-rehearsal-plan-document"]}, "flow_run_id": {"any_": [ended.flow_run]}}
    (artifact,) = planwave.post("/artifacts/filter", {"artifacts": which}).json()
    assert "Read the notes" in artifact["data"]
    assert "Burn" not in artifact["data"]


def test_a_plan_of_several_megabytes_on_standard_input_runs_and_can_be_read_again(
    planwave: Planwave, repo: Path
) -> None:
    data = text_of(plan("large", wave("w", job("a")), context="word " * 1_000_000))
    ended = planwave.feed(data, "run", "-", "--repo", str(repo), "--json")
    assert ended.code == 0, ended.err
    kept = Path(str(planwave.parameters(ended.flow_run)["plan"]))
    assert kept.read_bytes() == data
    assert planwave.home in kept.parents
    again = planwave.start("run", str(kept), "--repo", str(repo), "--json").end()
    assert (again.code, again.subjects("job.started")) == (0, [])
    shown = planwave.feed(data, "show", "-")
    assert (shown.code, shown.out.splitlines()[0]) == (0, "large")


def test_a_text_on_standard_input_is_the_parameter(planwave: Planwave, repo: Path) -> None:
    data = text_of(plan("small", wave("w", job("a"))))
    ended = planwave.feed(data, "run", "-", "--repo", str(repo), "--json")
    assert ended.code == 0, ended.err
    assert planwave.parameters(ended.flow_run)["plan"] == data.decode() + "\n"
    assert run_git(repo, "show", "planwave/small/target:a.txt") == "a"
