"""Settings of the machine: read from the environment once, checked, and refused with a sentence."""

import os
import re
import secrets
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.channels import webhook

PREFIX = "DUBAN_"


class Misconfigured(SystemExit):
    """The start is stopped; the sentence says which setting and why."""


@dataclass(frozen=True)
class Settings:
    """Every setting there is. Name in the environment: DUBAN_ and the name here in capitals."""

    data: Path = Path("var")  # folder for the database, evidence, keys, queue
    database_url: str = ""  # default: SQLite in that folder; postgresql+psycopg://…
    queue_url: str = ""  # where the worker's bell hangs; default: a file in that folder; postgresql+psycopg://…
    secret_key: str = field(default="", repr=False)  # default: made on first start in that folder
    key_file: str = ""  # of the checkpoints' signing key; default in that folder
    url: str = "http://127.0.0.1:8000"  # public address, for links in papers and mails
    proxies: int = 0  # reverse proxies in front that set X-Forwarded-For
    timezone: str = "Asia/Shanghai"
    locale: str = "zh"  # first language and record language: zh or en
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    webhook_url: str = field(default="", repr=False)
    files_url: str = ""  # default: that folder
    origin: str = "duban.local/trail"  # name in the checkpoints
    testing: bool = False

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data.absolute() / 'duban.sqlite3'}"

    @property
    def files(self) -> Path:
        return Path(self.files_url) if self.files_url else self.data / "files"

    @property
    def signing_key(self) -> Path:
        return Path(self.key_file) if self.key_file else self.data / "signing_key"

    @property
    def uploads(self) -> Path:
        """Where spreadsheets wait for their errand; not among the evidence."""
        return self.files / "imports"

    @property
    def dossiers(self) -> Path:
        """Where dossiers lie until they are taken away."""
        return self.data / "dossiers"


def read(environ=os.environ, **given) -> Settings:
    """The settings of this machine; `given` ones (tests, tools) win."""
    known = {each.name for each in fields(Settings)} - {"testing"}
    found: dict = {}
    for name, value in environ.items():
        if name.startswith(PREFIX):
            setting = name.removeprefix(PREFIX).lower()
            if setting not in known:
                raise Misconfigured(f"{name} is not a setting of Duban; the README lists those that are.")
            if value.strip():
                found[setting] = value.strip()
    settings = Settings(**{name: _typed(name, value) for name, value in {**found, **given}.items()})
    _check(settings)
    return settings


def _typed(name: str, value):
    if name == "data":
        return Path(value)
    if name == "proxies" and isinstance(value, str):
        if not value.isdigit() or int(value) > 9:
            raise Misconfigured(f"DUBAN_PROXIES is the number of reverse proxies in front, 0 to 9; it is {value!r}.")
        return int(value)
    return value


def _check(settings: Settings) -> None:
    scheme = settings.database.partition(":")[0]
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise Misconfigured(f"DUBAN_DATABASE_URL begins with sqlite: or postgresql+psycopg:, not with {scheme}:.")
    if settings.locale not in ("zh", "en"):
        raise Misconfigured(f"DUBAN_LOCALE is zh or en, not {settings.locale!r}.")
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Misconfigured(f"DUBAN_TIMEZONE names no time zone: {settings.timezone!r}.") from None
    _check_post(settings)
    if urlsplit(settings.url).scheme not in ("http", "https"):
        raise Misconfigured(f"DUBAN_URL is an http or https address, not {settings.url!r}.")
    if not settings.origin or re.search(r"[\s+\x00-\x1f]", settings.origin):
        raise Misconfigured(f"DUBAN_ORIGIN has neither spaces nor +; it is {settings.origin!r}.")
    if "://" in settings.files_url:
        raise Misconfigured("DUBAN_FILES_URL is a folder; this version keeps evidence in folders only.")
    if settings.secret_key and len(settings.secret_key) < 16:
        raise Misconfigured("DUBAN_SECRET_KEY has at least 16 characters.")
    if settings.queue_url and settings.queue_url.partition(":")[0] != "postgresql+psycopg":
        raise Misconfigured("DUBAN_QUEUE_URL begins with postgresql+psycopg:; left out, the worker's bell is a file.")


def _check_post(settings: Settings) -> None:
    """The sentences name no value: these hold passwords and secrets."""
    mail, hook = _split(settings.smtp_url), _split(settings.webhook_url)
    if settings.smtp_url and (mail is None or mail.scheme not in ("smtp", "smtps", "smtp+starttls")):
        raise Misconfigured("DUBAN_SMTP_URL is smtp://, smtps:// or smtp+starttls://[user:password@]host[:port].")
    if settings.smtp_url and "@" not in settings.mail_from:
        raise Misconfigured("DUBAN_MAIL_FROM is the address mail comes from; with DUBAN_SMTP_URL it must be given.")
    if settings.webhook_url and (hook is None or hook.scheme not in ("http", "https")):
        raise Misconfigured("DUBAN_WEBHOOK_URL is the http or https address of a group's robot.")
    if settings.webhook_url and webhook.options(settings.webhook_url)["format"] not in webhook.FORMATS:
        raise Misconfigured("DUBAN_WEBHOOK_URL ends in #format=wecom or #format=dingtalk where its host is neither's.")


def _split(url: str):
    """The parts of an address with a host; None where it is none."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None  # asking for the port checks it
    except ValueError:
        return None


def secret_key(settings: Settings) -> str:
    """From the setting, or from a file of the data folder that is made once, readable by its owner only."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data / "secret_key"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """A new file of mode 0600; if two processes start at once, the first one's stands."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
