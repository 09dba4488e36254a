"""Messages inside the portal: a villager finds them there whether or not a text reached the phone."""

from portal.services.work import Work
from portal.storage import notices as stored_notices
from portal.storage.notices import Notice


def list_own_notices(work: Work) -> list[Notice]:
    """The messages of the villager who is signed in, newest first."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return stored_notices.list_notices(work.session, work.actor.person_id)


def mark_read(work: Work, newest_id: int) -> None:
    """Note that the villager read their messages up to one; later ones stay unread."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    stored_notices.mark_read(work.session, work.actor.person_id, newest_id, work.now)
