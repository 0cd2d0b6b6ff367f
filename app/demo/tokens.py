"""The API tokens of the demonstration's people, kept beside its data for `aidflow walk`."""

import json
from pathlib import Path

FILE = "demo-tokens.json"


class NoDemoTokens(LookupError):
    """该文件夹中没有演示数据 / there is no demonstration in this folder."""


def write_tokens(folder: Path, tokens: dict[str, str]) -> None:
    """Keep the tokens (e-mail → token) where only this user can read them."""
    path = folder / FILE
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(tokens, indent=1), encoding="utf-8")


def read_tokens(folder: Path) -> dict[str, str]:
    """E-mail → token; `NoDemoTokens` when the folder has none."""
    try:
        return dict(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NoDemoTokens(f"{NoDemoTokens.__doc__} {folder}") from None
