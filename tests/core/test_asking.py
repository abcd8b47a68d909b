"""Gates that ask a person, whoever carries the question."""

from tasks.direct import DirectEngine
from tasks.programs.signals import request_stop
from tasks.session.run_log import Answer, Question
from tasks.session.steps import Kind, StepState
from tests.core.runs import Site
from tests.flows.plans import PlanDict, job, plan, wave


def asking(**gate: object) -> PlanDict:
    fields = {"decide": "human", "question": "Is it good?", **gate}
    return plan("asking", wave("one", job("a"), gate=fields), wave("two", job("b")))


def decided(site: Site, engine: DirectEngine, **gate: object) -> tuple[StepState, list[object]]:
    """Run the plan, asking; give the run's last state, and what was decided at the first gate, by whom and why."""
    state = site.run(asking(**gate), engine, approvals="ask")
    told = [e for e in engine.told if (e.name, e.subject) == ("planwave.gate.decided", "one")]
    return state, [value for event in told for value in event.payload.values()]


def test_a_person_says_go_and_is_not_asked_again(site: Site) -> None:
    engine = DirectEngine(Answer("GO", "looks fine"))
    state, said = decided(site, engine)
    assert (state.kind, said) == (Kind.COMPLETED, ["GO", "answer", "looks fine"])
    [question] = engine.asked
    assert question.text.startswith("## Is it good?")
    assert "1 of 1 job done and landed" in question.text
    again = DirectEngine()
    state, said = decided(site, again)
    assert (state.kind, said[:2], again.asked) == (Kind.COMPLETED, ["GO", "an earlier run"], [])


def test_a_person_says_no_go_and_is_asked_again_by_the_next_run(site: Site) -> None:
    engine = DirectEngine(Answer("NO-GO", "not yet"))
    state, said = decided(site, engine)
    assert (state.kind, said) == (Kind.FAILED, ["NO-GO", "answer", "not yet"])
    assert "job 'b' skipped" in state.message
    assert "b.txt" not in site.files("asking")
    state, said = decided(site, DirectEngine(Answer("GO")))
    assert (state.kind, said[:2]) == (Kind.COMPLETED, ["GO", "answer"])


def test_what_nobody_answers_in_time_is_decided_by_the_plan(site: Site) -> None:
    state, said = decided(site, DirectEngine(), timeout="0.1s", on_timeout="no-go")
    assert (state.kind, said) == (Kind.FAILED, ["NO-GO", "deadline", "nobody answered in time; the plan says NO-GO"])
    state, said = decided(site, DirectEngine(), timeout="0.1s", on_timeout="go")
    assert (state.kind, said) == (Kind.COMPLETED, ["GO", "deadline", "nobody answered in time; the plan says GO"])


def test_a_stop_ends_the_waiting_for_an_answer(site: Site) -> None:
    class Stopping(DirectEngine):
        async def ask(self, question: Question) -> Answer:
            request_stop("no time for that")
            return await super().ask(question)

    state, said = decided(site, Stopping())
    assert (state.kind, said) == (Kind.CANCELLED, [])
    assert state.message.startswith("stopped: no time for that")
    assert decided(site, DirectEngine(Answer("GO")))[0].kind is Kind.COMPLETED
