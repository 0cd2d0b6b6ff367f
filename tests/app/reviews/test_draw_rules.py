"""How a panel is drawn is a rule of the policy of its project."""

from dataclasses import replace

import pytest

from app.refusals import FieldRefused
from app.reviews.service.draws import default_rules, draw_panel
from tests import make, reviewing
from workflows.draw import IN_FIELD, OTHER, Rules
from workflows.policy import DEFAULT_POLICY


@pytest.mark.parametrize(
    ("size", "share", "knowing"),
    [(5, 500_000, 3), (7, 500_000, 4), (5, 600_000, 4), (5, 1_000_000, 5), (5, 0, 1), (3, 666_666, 2)],
)
def test_more_than_the_share_of_the_policy_know_the_field(size, share, knowing):
    policy = replace(DEFAULT_POLICY, panel_size=size, draw_in_field_ppm=share, draw_per_employer=2)

    assert default_rules(policy) == Rules(size, {IN_FIELD: knowing, OTHER: size - knowing}, 2)


def test_who_says_how_many_is_heard_within_the_size_of_the_panel():
    assert default_rules(DEFAULT_POLICY, 5).quotas == {IN_FIELD: 5, OTHER: 0}
    with pytest.raises(FieldRefused):
        default_rules(DEFAULT_POLICY, 6)


def test_the_frozen_document_says_the_rules_of_the_projects_own_policy(app):
    policy = replace(DEFAULT_POLICY, draw_per_employer=3, draw_in_field_ppm=700_000)
    around = make.town(policy=policy, experts=6)
    number = reviewing.in_expert_review(around)

    draw = draw_panel(number, actor=around.secretary, now=make.NOW)

    assert (draw.frozen["per_affiliation"], draw.frozen["quotas"]) == (3, {IN_FIELD: 4, OTHER: 1})
