"""The merge order."""

from hypothesis import given
from hypothesis import strategies as st

from plans.model import Plan
from plans.schedule.landing_order import Landing, is_settled, landing_jobs, landing_tiers, next_landings


def plan_of(*tracks: str, order: list[str | list[str]] | None = None) -> Plan:
    jobs = [{"id": f"job-{track}", "track": track} for track in tracks]
    return Plan.model_validate(
        {
            "version": 1,
            "name": "p",
            "tracks": [{"id": track} for track in tracks],
            "waves": [{"id": "w", "jobs": jobs}],
            "merge": {"order": order or []},
        }
    )


def test_the_declared_order_comes_first_and_unnamed_tracks_last() -> None:
    plan = plan_of("a", "b", "c", "d", "e", order=["c", ["b", "a"]])
    assert landing_tiers(plan, landing_jobs(plan, "w")) == (("c",), ("b", "a"), ("d", "e"))


def test_without_an_order_all_tracks_form_one_tier() -> None:
    plan = plan_of("a", "b")
    assert landing_tiers(plan, landing_jobs(plan, None)) == (("a", "b"),)


def test_a_track_waits_for_the_tier_before_it() -> None:
    tiers = (("c",), ("b", "a"))
    ready = dict.fromkeys("abc", Landing.READY)
    assert next_landings(tiers, ready) == ("c",)
    assert next_landings(tiers, {**ready, "c": Landing.LANDED}) == ("b", "a")
    assert next_landings(tiers, {**ready, "c": Landing.WORKING}) == ()
    assert next_landings(tiers, {**ready, "c": Landing.DROPPED}) == ("b", "a")


def test_a_blocked_track_bars_those_behind_it_but_not_those_beside_it() -> None:
    tiers = (("a", "b"), ("c",))
    landings = {"a": Landing.BLOCKED, "b": Landing.READY, "c": Landing.READY}
    assert next_landings(tiers, landings) == ("b",)
    assert not is_settled(tiers, landings)
    assert is_settled(tiers, {**landings, "b": Landing.LANDED})


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1), max_size=4), st.data())
def test_landing_whatever_is_offered_ends_settled_and_in_order(drawn: list[list[str]], data: st.DataObject) -> None:
    seen: set[str] = set()
    tiers = tuple(
        tuple(t for t in dict.fromkeys(tier) if t not in seen and not seen.add(t))  # type: ignore[func-returns-value]  # add returns None
        for tier in drawn
    )
    tiers = tuple(tier for tier in tiers if tier)
    landings = {
        t: data.draw(st.sampled_from([Landing.READY, Landing.BLOCKED, Landing.DROPPED])) for tier in tiers for t in tier
    }
    order: list[str] = []
    while offered := next_landings(tiers, landings):
        chosen = data.draw(st.sampled_from(offered))
        landings[chosen] = Landing.LANDED
        order.append(chosen)
    assert is_settled(tiers, landings)
    place = {t: i for i, tier in enumerate(tiers) for t in tier}
    assert [place[t] for t in order] == sorted(place[t] for t in order)
