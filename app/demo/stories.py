"""All stories of the demonstration, in the order in which their projects were declared."""

from app.demo import stories_closed, stories_coming, stories_new, stories_running

STORIES = tuple(
    sorted(
        (*stories_closed.STORIES, *stories_running.STORIES, *stories_coming.STORIES, *stories_new.STORIES),
        key=lambda story: -story.submitted,
    )
)
