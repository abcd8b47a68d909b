import json

import pytest

from plans.read import read_plan
from tests.shared_material import shared_material


@pytest.mark.parametrize("number", ["074", "080", "088"])
def test_a_tools_document_has_the_jobs_and_files_that_a_reader_by_hand_found(number: str) -> None:
    file = shared_material(f"corpus/docs/{number}-*.md")
    truths = json.loads(shared_material("corpus/truth.json").read_text(encoding="utf-8"))
    truth = next(one for one in truths if one["file"] == file.name)
    wanted = [[(job["id"], sorted(job.get("files") or [])) for job in group["jobs"]] for group in truth["groups"]]
    plan = read_plan(file.read_bytes(), file.name).plan
    found = [[(job.id.removeprefix("task-"), sorted(job.owns.writes)) for job in wave.jobs] for wave in plan.waves]
    assert found == wanted
