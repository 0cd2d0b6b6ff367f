"""The demonstration: made-up people, and projects told by the founding documents."""

from app.demo.installing import install

__all__ = ["install"]
