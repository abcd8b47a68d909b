import pytest

from plans.text.one_line import one_line
from tasks.gist import gist

SQL = """\
Traceback (most recent call last):
  File "/x/sqlalchemy/engine/base.py", line 1967, in _exec_single_context
    self.dialect.do_execute(
    ~~~~~~~~~~~~~~~~~~~~~~~^
sqlite3.OperationalError: database is locked

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/x/prefect/server.py", line 3, in f
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked
[SQL: INSERT INTO flow_run (id, name) VALUES (?, ?)]
[parameters: ('secret', 'b')]
(Background on this error at: https://sqlalche.me/e/20/e3q8)
"""
HTTP = """\
Server error '500 Internal Server Error' for url 'http://127.0.0.1:4200/api/flow_runs/'
Response: {'exception_message': 'Internal Server Error'}
For more information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/500
"""
SSH = """\
git@example.org: Permission denied (publickey).
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
GH006 = "GH006: Protected branch update failed for refs/heads/main."
PUSH = """\
remote: Resolving deltas: 100% (3/3), done.
remote: error: GH006: Protected branch update failed for refs/heads/main.
To example.org:a/b.git
 ! [remote rejected] main -> main (protected branch hook declined)
error: failed to push some refs to 'example.org:a/b.git'
hint: Updates were rejected
"""


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (SQL, "database is locked"),
        (HTTP, "Server error '500 Internal Server Error' for url 'http://127.0.0.1:4200/api/flow_runs/'"),
        (SSH, "git@example.org: Permission denied (publickey)."),
        (PUSH, f"{GH006}; ! [remote rejected] main -> main (protected branch hook declined)"),
        (
            "fatal: unknown repository extension found:\n\tsomethingnew\n",
            "unknown repository extension found: somethingnew",
        ),
        ("fatal: bad config line 1 in file x\n", "bad config line 1 in file x"),
        ("fatal: Could not read from remote repository.\n", "Could not read from remote repository."),
        ("Task run encountered an exception ValueError: no such place", "no such place"),
        ("just this", "just this"),
        ("", "it said nothing"),
        ("Traceback (most recent call last):\n", "it said nothing"),
    ],
)
def test_an_errors_text_comes_to_what_is_wrong(raw: str, said: str) -> None:
    assert gist(raw) == said


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    said = one_line("exited with status 1:\n" + "noise\n" * 1000 + "E   assert 1 == 2\n")
    assert said.startswith("exited with status 1: … noise")
    assert said.endswith("E assert 1 == 2")
    assert "\n" not in said
    assert len(said) <= 303
    assert one_line("x" * 500) == "x" * 100 + " … " + "x" * 200
    assert one_line("a\n b") == "a b"
