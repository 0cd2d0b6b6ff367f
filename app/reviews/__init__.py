"""Expert review and joint review: panels, score sheets, votes and what was decided."""
