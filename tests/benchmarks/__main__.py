"""Run one proof or benchmark: `python -m tests.benchmarks NAME [--full]`; `--list` names them all.

Each module here has `NAME` and `run(full) -> dict`. What was found is printed as one line of JSON,
last; the exit status is 1 when its "ok" is False, and timings alone never make it so.
"""

import argparse
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


def benchmarks() -> dict[str, ModuleType]:
    """Name → module, for every module here that has a name."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    modules = [import_module(f"tests.benchmarks.{stem}") for stem in stems if not stem.startswith("test_")]
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def main() -> int:
    """Run what the command line names; the exit status."""
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(known))
    parser.add_argument("--full", action="store_true", help="the whole size instead of the short form")
    parser.add_argument("--list", action="store_true", help="name them all")
    asked = parser.parse_args()
    if asked.list or asked.name is None:
        for name, module in sorted(known.items()):
            print(f"{name}\t{(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    run: Callable[[bool], dict[str, Any]] = known[asked.name].run
    found = run(asked.full)
    print(json.dumps(found, ensure_ascii=False, default=str))
    return 0 if found.get("ok", True) else 1


if __name__ == "__main__":
    sys.exit(main())
