"""Where the sun stands."""

import datetime as dt
import math
from dataclasses import dataclass

_OBLIQUITY = math.radians(23.437)
"""Of the ecliptic, in the years of Sentinel-2."""


@dataclass(frozen=True)
class Sun:
    """Its direction as seen from the ground.

    Attributes:
        azimuth: Radians clockwise from north.
        elevation: Radians above the horizon; negative at night.
    """

    azimuth: float
    elevation: float

    @property
    def towards(self) -> tuple[float, float, float]:
        """Unit vector to the sun: east, south, up."""
        level = math.cos(self.elevation)
        return (
            level * math.sin(self.azimuth),
            -level * math.cos(self.azimuth),
            math.sin(self.elevation),
        )

    def shadow(self, height: float) -> tuple[float, float]:
        """Metres to the east and to the south from something to its shadow on level ground."""
        east, south, up = self.towards
        return -height * east / up, -height * south / up


def sun(when: dt.datetime, latitude: float) -> Sun:
    """The sun at a local mean solar time.

    From its mean longitude and anomaly by the equation of the centre, good to about 0.02 degrees;
    refraction is left out.

    Args:
        when: Local mean solar time: UTC plus four minutes for each degree of longitude east.
        latitude: Degrees north.
    """
    days = (when - dt.datetime(2000, 1, 1, 12)) / dt.timedelta(days=1)
    mean_longitude = math.radians(280.459 + 0.98564736 * days)
    anomaly = math.radians(357.529 + 0.98560028 * days)
    longitude = mean_longitude + math.radians(
        1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly)
    )
    declination = math.asin(math.sin(_OBLIQUITY) * math.sin(longitude))
    ascension = math.atan2(math.cos(_OBLIQUITY) * math.sin(longitude), math.cos(longitude))
    clock = 2.0 * math.pi * ((when.hour + when.minute / 60.0 + when.second / 3600.0) / 24.0 - 0.5)
    hour_angle = clock + mean_longitude - ascension
    phi = math.radians(latitude)
    east = -math.cos(declination) * math.sin(hour_angle)
    level = math.cos(declination) * math.cos(hour_angle)
    north = math.cos(phi) * math.sin(declination) - math.sin(phi) * level
    up = math.sin(phi) * math.sin(declination) + math.cos(phi) * level
    return Sun(math.atan2(east, north) % (2.0 * math.pi), math.asin(up))
