"""Every address that writes, asked by somebody who may: with a field too many, and from another site.

Neither may change anything. A page of ours carries the word of its session; a program carries its token, and a
cookie is worth nothing to it.
"""

from typing import TYPE_CHECKING, Any

from app.security.access import WRITING
from app.security.policy import Rule
from app.security.principals import PRINCIPALS
from tests.benchmarks._asking import Ask, Asker, asks, sees

if TYPE_CHECKING:
    from tests.benchmarks.sweep import Sweep

#: A field that nothing takes, in the forms in which frameworks have taken one: plain, nested, and as a list.
STRANGE = ("is_admin", "user[role]", "role.name", "__class__")
#: What a browser says of a form that another site sent, with the word of the session all the same.
FOREIGN = ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"})


def off(sweep: "Sweep", *, full: bool) -> None:
    """Try every address that writes; a fault where one of them took it."""
    askers: dict[str, Asker] = {}
    for group in asks(sweep.app, sweep.world):
        for method in sorted(WRITING):
            rule = group[0].rule(sweep.app, method)
            if rule is None:
                continue
            name, ask = _who(sweep, rule, group)
            asker = askers.setdefault(name, Asker(sweep.app, sweep.world, name))
            sweep.still.changed()
            for strange in STRANGE if full else STRANGE[:2]:
                _too_much(sweep, asker, ask, method, strange)
            _from_elsewhere(sweep, asker, ask, method)
            if tables := sweep.still.changed():
                sweep.fault("changed by what was refused", tables, name, method, ask.address)


def _who(sweep: "Sweep", rule: Rule, group: list[Ask]) -> tuple[str, Ask]:
    """Somebody whom the rule admits, with a thing that is his or hers where there is one."""
    people = [each.name for each in PRINCIPALS if (actor := sweep.world.people[each.name]) and rule.admits(actor)]
    for name in people:
        for ask in group:
            if sees(name, ask):
                return name, ask
    return people[0], group[0]


def _too_much(sweep: "Sweep", asker: Asker, ask: Ask, method: str, strange: str) -> None:
    """A field, a parameter and a JSON name that nobody asked for: each is named in the refusal."""
    sent: list[dict[str, Any]] = [{"query_string": {strange: "1"}}]
    if not ask.api:
        sent += [{"data": {strange: "1"}}]
    elif not ask.path.endswith("/papers"):
        sent += [{"json": {strange: "1", "seen": "x"}}]
    for each in sent:
        answer = asker.ask(ask, method, {"If-Match": "*"} if ask.api else None, **each)
        sweep.asked["too much" if answer.status == 422 else "too much, of nothing"] += 1
        said = strange.encode() in answer.body
        absent = answer.status in {404, 409}  # Said before anything is read: the thing is not there, or not open.
        if not (answer.status == 422 and said) and not absent:
            sweep.fault("took", *each, strange, asker.name, method, ask.address, answer.status)


def _from_elsewhere(sweep: "Sweep", asker: Asker, ask: Ask, method: str) -> None:
    if ask.api:
        bare = asker.client.open(ask.path, method=method, json={"seen": "x"})
        if bare.status_code not in {401, 404}:
            sweep.fault("cookie was enough", asker.name, method, ask.address, bare.status_code)
        sweep.asked["foreign"] += 1
        return
    without = asker.client.open(ask.path, method=method, data={"csrf_token": "made up"})
    if without.status_code != 400:
        sweep.fault("no word was needed", asker.name, method, ask.address, without.status_code)
    for said in FOREIGN:
        if (answer := asker.ask(ask, method, said)).status != 403:
            sweep.fault("from elsewhere", said, asker.name, method, ask.address, answer.status)
    sweep.asked["foreign"] += 1 + len(FOREIGN)
