"""`python -m app.cli`, the same as `aidflow`."""

from app.cli import main

main()
