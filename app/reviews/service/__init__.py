"""What is written in reviews: the recorders of the acts, and what is kept beside them."""

from app.reviews.service import acts

__all__ = ["acts"]
