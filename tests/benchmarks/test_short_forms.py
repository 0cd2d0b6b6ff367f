"""Every proof and benchmark runs in its short form and finds what it must."""

import pytest

from tests.benchmarks.__main__ import benchmarks

#: `tests/browser/test_everywhere.py` asks of the pages of a whole town what this asks.
ELSEWHERE = {"weight"}


@pytest.mark.parametrize("name", sorted(benchmarks().keys() - ELSEWHERE))
def test_the_short_form_finds_what_it_must(name):
    found = benchmarks()[name].run(full=False)

    assert found["ok"], found
