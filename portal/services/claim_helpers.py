"""Who at the desk has helped with a claim, and so takes none of its four steps.

A slip lets whoever holds it act as the villager. What is done in a session that a slip opened may have been
done by whoever gave it out, so they count as a helper; so do they while it still waits to be used.
"""

from collections.abc import Mapping

from portal.domain.claims import ENDED, Step
from portal.domain.review import SamePersonTwice, SlipOfHandler
from portal.domain.sessions import CITIZEN_LIFETIME
from portal.services.work import Work
from portal.storage import claims as stored_claims
from portal.storage import identity as stored_identity
from portal.storage.claims import Claim


def list_slip_givers(work: Work, person_id: int) -> list[int]:
    """Who at the desk may be acting as this villager, or as the actor, just now.

    Those whose slip opened a session that may still run, and those whose slip was not used yet. Whoever gives
    an heir a slip is barred there and then: it opens that claim only.
    """
    people = [each for each in (person_id, work.actor.person_id) if each is not None]
    since = work.now - CITIZEN_LIFETIME.whole
    return stored_identity.list_slip_givers(work.session, people, since=since, now=work.now)


def check_slip_givers(work: Work, person_id: int, claim_id: int | None) -> list[int]:
    """The same, for a change of a claim or of what will be one; raises ``SlipOfHandler``."""
    givers = list_slip_givers(work, person_id)
    handlers = {} if claim_id is None else stored_claims.list_handlers(work.session, claim_id)
    if any(handlers.get(giver, Step.ASSISTANCE) is not Step.ASSISTANCE for giver in givers):
        raise SlipOfHandler
    return givers


def list_handlers(work: Work, claim: Claim) -> Mapping[int, Step]:
    """Which step each natural person has had on a claim; whoever's slip may open it helps with it."""
    givers = dict.fromkeys(list_slip_givers(work, claim.person_id), Step.ASSISTANCE)
    return givers | stored_claims.list_handlers(work.session, claim.id)


def bar_helpers(work: Work, claim: Claim) -> None:
    """Bar from the four steps who has a hand in what the actor does with a claim.

    Raises:
        SamePersonTwice: the actor has taken a step.
        SlipOfHandler: whoever let the actor in by a slip has.
    """
    if work.actor.staff_person_id is not None:
        note_helper(work, claim.id, work.actor.staff_person_id)
    for giver in check_slip_givers(work, claim.person_id, claim.id):
        stored_claims.add_handler(work.session, claim.id, giver, Step.ASSISTANCE)


def note_helper(work: Work, claim_id: int, staff_person_id: int) -> None:
    """Bar a member of staff who helped to file from the four steps.

    Raises:
        SamePersonTwice: they have taken one of them.
    """
    check_helper(work, claim_id, staff_person_id)
    stored_claims.add_handler(work.session, claim_id, staff_person_id, Step.ASSISTANCE)


def check_helper(work: Work, claim_id: int, staff_person_id: int) -> None:
    """Refuse the help of somebody who has taken one of the four steps; raises ``SamePersonTwice``."""
    earlier = stored_claims.list_handlers(work.session, claim_id).get(staff_person_id, Step.ASSISTANCE)
    if earlier is not Step.ASSISTANCE:
        raise SamePersonTwice(earlier=earlier)


def check_slip_giver(work: Work, person_id: int) -> None:
    """Refuse a slip from the hand of somebody who has taken a step on a claim of this person that is open.

    Raises:
        SamePersonTwice: they have; somebody else gives it out.
    """
    for claim in stored_claims.list_for_person(work.session, person_id):
        if claim.state not in ENDED:
            check_helper(work, claim.id, work.actor.desk_person_id)
