"""The clock of a demonstration; in production there is no such address."""

from flask import Response
from flask.blueprints import BlueprintSetupState
from pydantic import AwareDatetime

from app.api.answers.registers import ClockAnswer
from app.api.views.bodies import answer, api, command_from, json_body
from app.casework.clock import tick
from app.casework.commands import Command
from app.security import clock, may


class MoveClock(Command):
    """The moment that it shall be."""

    to: AwareDatetime


@may("clock.move")
def move_clock() -> Response:
    """Move the clock forward and carry out what has become due."""
    command = command_from(MoveClock, json_body())
    now = clock().move(command.to)
    done = tick(now)
    return answer(ClockAnswer(now=now, ended=len(done.ended), reminded=len(done.reminded)))


@api.record
def _only_in_a_demonstration(state: BlueprintSetupState) -> None:
    if state.app.extensions["aidflow"].settings.clock_can_be_moved:
        state.add_url_rule("/demo/clock", "move_clock", move_clock, methods=["POST"])
