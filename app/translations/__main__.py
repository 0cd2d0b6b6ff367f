"""`python -m app.translations`: what lacks English. Also: add (JSON on stdin), drop, compile.

python -m app.translations                    lists what lacks English, as JSON ready to fill in; exit 1 if any
python -m app.translations add < pairs.json   adds {"中文": "English"} and compiles
python -m app.translations drop               takes out what is said nowhere any more
python -m app.translations compile            writes every .mo
"""

import json
import sys

from app.translations.catalogue import add, compile_all, drop, missing, unused


def main(arguments: list[str]) -> int:
    """Do what the first argument says; the exit status."""
    match arguments:
        case []:
            found = missing()
            sys.stdout.write(json.dumps(dict.fromkeys(found, ""), ensure_ascii=False, indent=1) + "\n")
            return 1 if found else 0
        case ["add"]:
            add(json.load(sys.stdin))
        case ["drop"]:
            drop(unused())
        case ["compile"]:
            compile_all()
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
