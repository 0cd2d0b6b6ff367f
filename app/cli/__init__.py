"""The command line: everything that `aidflow --help` lists."""

import sys

import click
from click.exceptions import Exit

from app.cli.doctor import doctor
from app.cli.draws import draw
from app.cli.erasing import user
from app.cli.people import token
from app.cli.registers import ledger, policy, unit
from app.cli.running import demo, migrate, serve, tick, work
from app.cli.vault import vault
from app.cli.walk import walk
from app.faults import in_a_sentence


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def aidflow() -> None:
    """公共援助资金: 从申报到拨付。 Public money for aid projects, from declaration to disbursement."""


for command in (serve, work, migrate, doctor, demo, walk, user, token, tick, unit, policy, ledger, draw, vault):
    aidflow.add_command(command)


def main() -> None:
    """Run the command; a fault is a sentence."""
    with in_a_sentence():
        try:
            status = aidflow.main(standalone_mode=False)
        except click.Abort:
            sys.exit(130)
        except Exit as left:
            sys.exit(left.exit_code)
        except click.ClickException as refused:
            refused.show()
            sys.exit(refused.exit_code)
    sys.exit(status if isinstance(status, int) else 0)
