"""How far an account at the desk reaches: its region, and one town of it where the account names one."""

from portal.services.work import Actor


def is_in_reach(actor: Actor, region: str, town: str) -> bool:
    """Whether something of this region and town is the actor's to see; all else does not exist for them."""
    return actor.region in (None, region) and actor.town in (None, town)
