"""Every proof and benchmark runs in its short form and finds what it must."""

import pytest

from tests.benchmarks.__main__ import benchmarks


@pytest.mark.parametrize("name", sorted(benchmarks()))
def test_the_short_form_finds_what_it_must(name):
    found = benchmarks()[name].run(full=False)

    assert found["ok"], found
