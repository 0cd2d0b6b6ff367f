"""Why a file is not taken."""


class Unsuitable(Exception):
    """A file that is refused for what is in it: `text` is a message id, `values` fill its `{names}`."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text.format(**values))
        self.text = text
        self.values = values
