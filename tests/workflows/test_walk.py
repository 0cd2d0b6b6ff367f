"""Random lives of a project and everything inside it, against a second telling of the same rules."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.benchmarks import model
from tests.workflows.expected import expected
from tests.workflows.walk import STEPS, Walk


class RandomLife(RuleBasedStateMachine):
    """Each rule lets somebody try something; the walk compares both answers and all that followed."""

    @initialize(data=st.data())
    def a_project_is_declared(self, data):
        self.walk = Walk(lambda options: data.draw(st.sampled_from(options)))

    def try_to(self, what, data):
        self.walk.pick = lambda options: data.draw(st.sampled_from(options))
        getattr(self.walk, what)()

    @rule(data=st.data())
    def somebody_does_their_duty(self, data):
        self.try_to("somebody_does_their_duty", data)

    @rule(data=st.data())
    def somebody_oversteps(self, data):
        self.try_to("somebody_oversteps", data)

    @rule(data=st.data())
    def time_passes(self, data):
        self.try_to("time_passes", data)

    @rule(data=st.data())
    def something_happens(self, data):
        self.try_to("something_happens", data)


TestRandomLife = RandomLife.TestCase
TestRandomLife.settings = settings(
    max_examples=25, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_sixty_long_lives_go_as_the_second_telling_says():
    result = model.run(full=False)

    assert (result["ok"], result["difference"], result["lives"]) == (True, None, 60)
    assert result["ends"]["closed"] >= 3  # the walk is no walk when hardly anybody arrives
    assert len(result["steps_unseen"]) < len(STEPS) // 4


def test_a_walk_knows_every_step_a_person_can_take():
    of_the_project = {(source, action, to) for life, source, action, to in STEPS if life == "aid_project"}

    assert of_the_project == {
        (source, action, to) for (source, action), ends in expected("aid_project/1").items() for _, to in ends
    }
