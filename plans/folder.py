"""A folder of plans as one plan: a file for each agent, or for each part of a phase."""

from collections.abc import Mapping
from dataclasses import replace

from plans.document import Document
from plans.errors import FileLine, PlanError, Problem
from plans.impl_yaml import is_impl_yaml
from plans.markdown.build import build_plan
from plans.markdown.dialects import get_shit_done
from plans.markdown.draft import Draft
from plans.markdown.folders.member import Member
from plans.markdown.folders.phase_folder import PlanFile, join_plans
from plans.markdown.folders.team import is_one_agents, join_team
from plans.markdown.reader import read_draft
from plans.markdown.source.outline import read_outline
from plans.read import read_plan
from plans.text.encoding import decode_text, mend_text
from plans.yaml.reader import is_yaml

_HINT = "put the plan of each agent in a file of its own (agent-1.md, agent-2.md ...), or name the file of one plan"


def read_folder(files: Mapping[str, bytes], name: str) -> Document:
    """Read the plans in a folder as one; lines are told with their file.

    The plans of a phase of get-shit-done go by the waves that they name. Otherwise each file that is one agent's plan
    becomes a track. A folder with one plan and other texts is that plan.

    Args:
        files: contents by name within the folder.
        name: the folder's, as the user gave it.

    Raises:
        PlanError: it holds no plan, several that do not belong together, or one with mistakes.
    """
    texts, warnings = _texts(files, name)
    phase = [file for file, text in texts.items() if get_shit_done.recognises(read_outline(text), text)]
    if phase:
        plans = [PlanFile(file, read_draft(texts[file], file)) for file in phase]
        document = build_plan(join_plans(_title(name), plans, files), name)
    else:
        document = _team_or_only(files, texts, name)
    return replace(document, warnings=(*warnings, *document.warnings), form="markdown")


def _texts(files: Mapping[str, bytes], name: str) -> tuple[dict[str, str], list[Problem]]:
    """Decode the files that have words in them, in the order of their names."""
    texts, warnings, problems = dict[str, str](), list[Problem](), list[Problem]()
    for file in sorted(files, key=_natural):
        try:
            text, doubts = mend_text(decode_text(files[file], file))
        except PlanError as error:
            problems += (_in_file(problem, file) for problem in error.problems)
            continue
        warnings += (_in_file(doubt, file) for doubt in doubts)
        if text.strip():
            texts[file] = text
    if problems:
        raise PlanError(name, problems)
    return texts, warnings


def _team_or_only(files: Mapping[str, bytes], texts: Mapping[str, str], name: str) -> Document:
    drafts, whole = dict[str, Draft](), list[str]()
    for file, text in texts.items():
        if is_impl_yaml(text) or is_yaml(text):
            whole.append(file)
            continue
        try:
            drafts[file] = read_draft(text, file)
        except PlanError:
            continue  # a text beside the plans
    members = [Member(file, texts[file], draft) for file, draft in drafts.items() if is_one_agents(file, draft)]
    if len(members) > 1:
        team = join_team(_title(name), members)
        team.warnings += [_left_out(file, team) for file in (*whole, *drafts) if file not in {m.file for m in members}]
        return build_plan(team, name)
    every = [*whole, *drafts]
    if len(every) == 1:
        return read_plan(files[every[0]], f"{name.rstrip('/')}/{every[0]}")
    if not every:
        raise PlanError(name, [Problem("no plan found in this folder", hint=_HINT, code="no-plan")])
    listed = ", ".join(every[:5]) + (" ..." if len(every) > 5 else "")
    raise PlanError(name, [Problem(f"holds {len(every)} plans: {listed}", hint=_HINT, code="several-plans")])


def _left_out(file: str, team: Draft) -> Problem:
    count = len(team.tracks)
    message = f"left out, since it is not the plan of one agent, as the other {count} are"
    return Problem(message, line=FileLine(1, file), severity="warning", code="left-out")


def _in_file(problem: Problem, file: str) -> Problem:
    return replace(problem, line=FileLine(problem.line or 1, file))


def _title(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].replace("_", " ").replace("-", " ").strip(" .") or "Plan"


def _natural(file: str) -> list[tuple[int, str]]:
    """Sort `agent-10.md` behind `agent-9.md`."""
    digits, parts = "", list[tuple[int, str]]()
    for character in f"{file}\0":
        if character.isdigit() and character.isascii():
            digits += character
            continue
        if digits:
            parts.append((int(digits[:18]), ""))
            digits = ""
        parts.append((-1, character))
    return parts
