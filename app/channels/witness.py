"""A question to a witness over HTTP (C2SP tlog-witness, add-checkpoint). It is no letter: who was away is asked again.
"""

import http.client
import ssl
from urllib.parse import urlsplit

from app.channels import STEP, WHOLE, Undelivered, Watch

MOST = 65536  # bytes of an answer


def ask(body: str, *, url: str, step: float = STEP, whole: float = WHOLE) -> tuple[int, str]:
    """(status, text) of the answer to this body; `url` is the prefix before add-checkpoint. Raises Undelivered."""
    try:
        place = urlsplit(url)
        connection = _connection(place, step)
    except (ValueError, http.client.InvalidURL) as error:
        raise Undelivered(str(error), lasting=True) from None
    try:
        with Watch(connection, whole) as watch:
            connection.connect()
            watch.keep()
            connection.request("POST", f"{place.path.rstrip('/')}/add-checkpoint", body.encode(),
                               {"Content-Type": "text/plain; charset=utf-8"})
            answer = connection.getresponse()
            return answer.status, answer.read(MOST).decode("utf-8", "replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Undelivered(f"{type(error).__name__}: {error}", is_down=True) from error
    finally:
        connection.close()


def _connection(place, step: float) -> http.client.HTTPConnection:
    if place.scheme not in ("http", "https") or not place.hostname or place.query or place.fragment:
        raise ValueError("it is no address of a witness")
    if place.scheme == "https":
        return http.client.HTTPSConnection(place.hostname, place.port, timeout=step,
                                           context=ssl.create_default_context())
    return http.client.HTTPConnection(place.hostname, place.port, timeout=step)
