import pytest

from plans.markdown.recognisers.locks import recognise_locks
from tests.plans.drafts import job, recognised, waves_draft, writes


def _locks(text: str) -> dict[str, list[str]]:
    jobs = [writes(job("1", "Types"), "/shared/types/a.ts"), writes(job("2", "Pages"), "web/page.ts")]
    draft = recognised(recognise_locks, text, waves_draft({"1": jobs}))
    return {one.key: [said.text for said in one.locks] for one in draft.jobs if one.locks}


def test_who_writes_what_is_to_be_locked_gets_the_lock() -> None:
    assert _locks("## Lock Strategy\n- Lock `/shared/types/*.ts` immediately (0-10 min)\n") == {"1": ["shared-types"]}
    assert _locks("## Locks\n- `web/page.ts` - exclusive\n") == {"2": ["web-page"]}


@pytest.mark.parametrize(
    "text",
    [
        "## Lock Strategy\n- No locks needed for `/shared/*`\n- Release the lock on `web/page.ts` soon\n",
        "## Lock Strategy\n- May lock `web/page.ts` if needed\n",
        "## Notes\n- Lock `web/page.ts`\n",
        "## Lock Strategy\n- Lock `other/file.ts` first\n",
    ],
)
def test_no_lock_is_taken_for_denials_maybes_other_topics_and_files_of_nobody(text: str) -> None:
    assert _locks(text) == {}
