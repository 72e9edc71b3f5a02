"""Messages to a group's robot of 企业微信 or 钉钉: JSON by POST, answered by an `errcode` inside 200.

企业微信: https://developer.work.weixin.qq.com/document/path/91770. 钉钉: custom robots, signed with a secret ("加签").
"""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from app.channels import STEP, WHOLE, Letter, Undelivered, Watch

HOSTS = {"qyapi.weixin.qq.com": "wecom", "oapi.dingtalk.com": "dingtalk"}
FORMATS = ("wecom", "dingtalk")
BUSY = {-1, 45009, 130101, 410100}  # busy, 企业微信: too often, 钉钉: too fast (twice)
LONGEST = 2048  # bytes of text that 企业微信 takes


def send(letter: Letter, *, url: str, step: float = STEP, whole: float = WHOLE) -> None:
    """Say it in the group, mentioning the account `letter.to`; raises Undelivered unless the robot answered errcode 0.

    The fragment of `url` stays here: `#SEC…` is the secret of 钉钉, `#format=wecom` names the format where the host
    does not, `#format=dingtalk&secret=SEC…` both. `step` and `whole` in seconds.
    """
    place = urlsplit(url)
    told = options(url)
    body = json.dumps(_BODIES[told["format"]](letter), ensure_ascii=False).encode()
    query = place.query + (_signature(letter, told["secret"]) if told.get("secret") else "")
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(place.hostname, place.port, timeout=step,
                                                 context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=step)
    try:
        with Watch(connection, whole) as watch:
            connection.connect()
            watch.keep()
            connection.request("POST", f"{quote(place.path, safe='/%')}?{query}", body,
                               {"Content-Type": "application/json; charset=utf-8"})
            answer = connection.getresponse()
            said = answer.read(65536)
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"{type(error).__name__}: {error}", is_down=True) from error
    finally:
        connection.close()
    _judge(answer.status, said)


def options(url: str) -> dict[str, str]:
    """format and secret, as the host and the fragment say."""
    place = urlsplit(url)
    found = dict(parse_qsl(place.fragment)) if "=" in place.fragment else {"secret": place.fragment}
    return {"format": HOSTS.get(place.hostname or "", "")} | found


def _wecom(letter: Letter) -> dict:
    text: dict = {"content": _cut(f"{letter.subject}\n{letter.text}")}
    if letter.to:
        text["mentioned_list"] = [letter.to]
    return {"msgtype": "text", "text": text}


def _dingtalk(letter: Letter) -> dict:
    at = {"atUserIds": [letter.to] if letter.to else [], "isAtAll": False}
    return {"msgtype": "text", "text": {"content": _cut(f"{letter.subject}\n{letter.text}")}, "at": at}


_BODIES = {"wecom": _wecom, "dingtalk": _dingtalk}


def _cut(text: str) -> str:
    return text.encode()[:LONGEST].decode("utf-8", "ignore")


def _signature(letter: Letter, secret: str) -> str:
    """HMAC-SHA256 over "milliseconds\\nsecret", which 钉钉 takes for an hour."""
    stamp = int(letter.at.timestamp() * 1000)
    sign = base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256))
    return f"&timestamp={stamp}&sign={quote_plus(sign)}"


def _judge(status: int, said: bytes) -> None:
    """Only an answer that says errcode 0 is a delivery; a 200 of somebody in between is none."""
    if status != 200:
        raise Undelivered(f"HTTP {status}", lasting=400 <= status < 500 and status not in (408, 429),
                          is_down=status >= 500 or status == 429)
    try:
        answer = json.loads(said)
        code = int(answer["errcode"])
    except (ValueError, KeyError, TypeError):
        raise Undelivered("HTTP 200, but not the answer of a robot") from None
    if code != 0:
        raise Undelivered(f"errcode {code}: {answer.get('errmsg', '')}", lasting=code not in BUSY,
                          is_down=code in BUSY)
