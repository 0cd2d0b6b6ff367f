"""The figures of the past: 246 made-up projects of 2019 to 2021 that add up to what was published of them."""

from app.demo.history.loading import load_history

__all__ = ["load_history"]
