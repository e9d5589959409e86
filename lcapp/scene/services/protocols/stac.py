"""Which acquisitions of Sentinel-2 a STAC API has of a place: the newest of each tile and day.

`pystac-client` asks, turns pages and reads what the API conforms to; its requests go through our
own connection.
"""

from typing import Any

from pystac_client import Client
from pystac_client.exceptions import APIError
from pystac_client.stac_api_io import StacApiIO
from rasterio.warp import transform_bounds

from lcapp.limits import parse_json
from lcapp.scene.coordinates import WGS84
from lcapp.scene.services.declared import SeriesService
from lcapp.scene.services.protocols.granules import UNPARSED, Granule, granule, newest
from lcapp.scene.services.protocols.transport import Connection, ServiceError, Spoiled
from lcapp.types import Grid

_MOST_ITEMS = 1000
"""Of a year at one place: four tiles every second day are less."""

_PAGE = 100


class _OwnConnection(StacApiIO):
    """pystac-client's requests, sent like all others."""

    def __init__(self, connection: Connection, service: SeriesService) -> None:
        super().__init__()
        self._connection, self._service = connection, service

    def request(
        self,
        href: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> str:
        """Text of an answer that is JSON."""
        posts = (method or "GET").upper() == "POST"
        told = {key: str(one) for key, one in (parameters or {}).items()}
        answer = self._connection.get(
            href,
            self._service.name,
            params=None if posts or not told else told,
            body=parameters if posts else None,
            check=_is_json,
        )
        return answer.content.decode()


def _is_json(content: bytes) -> None:
    try:
        if not isinstance(parse_json(content.decode()), dict):
            raise ValueError
    except ValueError as error:
        raise Spoiled("answers no JSON") from error


def search(
    connection: Connection, service: SeriesService, grid: Grid, year: int
) -> tuple[Granule, ...]:
    """The tiles of a year that lie on a grid, one of each tile and satellite on a day.

    Args:
        connection: To the API.
        service: The API.
        grid: In UTM; tiles of another zone are left to who is there.
        year: Of the acquisitions.

    Raises:
        ServiceError: The API refuses, its items cannot be understood, or there is none.
    """
    west, south, east, north = transform_bounds(grid.crs, WGS84, *grid.bounds)
    try:
        client = Client.open(service.address, stac_io=_OwnConnection(connection, service))
        found = client.search(
            collections=[service.collection],
            bbox=[west, south, east, north],
            datetime=f"{year}-01-01T00:00:00Z/{year}-12-31T23:59:59Z",
            limit=_PAGE,
            max_items=_MOST_ITEMS,
        )
        items = list(found.items_as_dicts())
    except (APIError, NotImplementedError, *UNPARSED) as error:
        raise ServiceError(
            f"cannot be searched: {' '.join(str(error).split())[:200]}",
            where=service.name,
            expected="a STAC API with item search",
        ) from error
    granules = [granule(item, service) for item in items]
    here = [one for one in granules if one.crs == grid.crs]
    if not here:
        others = sorted({one.crs for one in granules})
        raise ServiceError(
            f"has no acquisition of {year} there" + (f" in {grid.crs}" if others else ""),
            where=service.name,
            expected=f"tiles in {grid.crs}, not {', '.join(others)}" if others else None,
            advice="name another year or place",
        )
    return newest(here)
