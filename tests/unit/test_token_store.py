"""What is kept for a while, by tokens."""

from __future__ import annotations

import pytest

from pricer.ui.token_store import TokenStore


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store():
    """A store for 60 seconds and 1,000 bytes, its clock, and what has gone from it."""
    clock, gone = _Clock(), []
    return TokenStore(60, 1000, clock, gone.append), clock, gone


def test_a_value_is_had_by_its_token_until_its_time_is_over(store):
    values, clock, gone = store
    token = values.keep("kettle", 10)
    assert [values.get(each) for each in (token, "", None, token[:-1])] == ["kettle", None, None, None]
    clock.now += 60
    assert values.get(token) is None
    assert gone == ["kettle"]


def test_the_oldest_give_way_and_the_last_stays_however_large(store):
    values, _, gone = store
    tokens = [values.keep(each, 400) for each in ("kettle", "lamp", "cup")]
    assert [values.get(token) for token in tokens] == [None, "lamp", "cup"]
    assert values.get(values.keep("tent", 5000)) == "tent"
    assert gone == ["kettle", "lamp", "cup"]


def test_what_is_dropped_is_gone_at_once(store):
    values, _, gone = store
    token = values.keep("kettle", 10)
    values.drop(token), values.drop(token), values.drop("")
    assert values.get(token) is None
    assert gone == ["kettle"]
