"""Which landscape a zone shows."""

from lcapp.simulate.demo.plans import DEMO_PLANS, demo_plan
from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.styles import plan
from lcapp.simulate.zones import Zone


def plan_of(zone: Zone) -> Plan:
    """The plan of a zone; the zone's upper left corner is its origin.

    Args:
        zone: Its `plan` names a style or a scene of the demo.

    Raises:
        ValueError: It names neither.
    """
    if zone.plan in DEMO_PLANS:
        return demo_plan(zone.plan)
    return plan(zone.plan, zone.fields_key, zone.extent)
