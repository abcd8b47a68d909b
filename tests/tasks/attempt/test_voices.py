"""What jobs print is told in few words, all of them together in no more than a server takes."""

from plans.text.masking import HIDDEN, Mask
from tasks.attempt.voices import LINES, LONGEST, Turns, Voice, mask_for
from tasks.programs.environment import is_passed_to_all
from tests.tasks.conftest import MakePlan


def test_however_many_speak_they_take_turns() -> None:
    turns = Turns(per_s=2)
    assert [turns.wait_s(10.0) for _ in range(64)] == [n / 2 for n in range(64)]
    assert turns.wait_s(100.0) == 0, "after a silence, the next one speaks at once"


def test_a_message_has_the_last_lines_and_says_how_many_came_before() -> None:
    voice = Voice(Mask(()))
    assert not voice.has_news
    for number in range(20):
        voice.hear(f"line {number}")
    assert voice.told().split("\n") == ["15 lines and then", *(f"line {n}" for n in range(15, 20))]
    assert not voice.has_news
    voice.hear("one more")
    assert voice.told() == "one more"


def test_a_message_is_bounded_and_holds_neither_secrets_nor_what_steers_a_terminal() -> None:
    voice = Voice(Mask(["very-secret"]))
    voice.hear("\x1b[31mvery-\x1b[0msecret\x07")
    voice.hear("x" * 100_000)
    assert voice.told() == f"{HIDDEN}\n{'x' * LONGEST} ..."
    for _ in range(1000):
        voice.hear("y" * 70_000)
    assert len(voice.told()) < LINES * (LONGEST + 10) + 40


def test_what_an_agent_is_passed_by_name_is_a_secret_unless_every_child_has_it(make_plan: MakePlan) -> None:
    agents = {"worker": {"kind": "command", "run": ["sh"], "env": ["MY_KEY", "HOME", "NOT_SET"]}}
    mask = mask_for(make_plan(agents=agents), {"MY_KEY": "abc-123-def", "HOME": "/home/me", "OTHER": "stays as is"})
    assert mask.hide("abc-123-def in /home/me stays as is") == f"{HIDDEN} in /home/me stays as is"
    assert is_passed_to_all("LC_ALL")
