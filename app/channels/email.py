"""Mail by SMTP (RFC 5321), the letter as RFC 5322 says; TLS as the scheme of the server's address says."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from app.channels import STEP, WHOLE, Letter, Undelivered, Watch

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def send(letter: Letter, *, url: str, sender: str, step: float = STEP, whole: float = WHOLE) -> None:
    """Hand the letter over, or raise Undelivered; returns only after the server took it upon itself (250 to DATA).

    `url`: smtp://, smtps:// or smtp+starttls://[user:password@]host[:port]; `step` and `whole` in seconds.
    """
    server, message = urlsplit(url), written(letter, sender)
    connection = (_Tls if server.scheme == "smtps" else smtplib.SMTP)(
        timeout=step, local_hostname=sender.rpartition("@")[2].strip(" >") or "localhost")
    try:
        with Watch(connection, whole):
            _open(connection, server)
            _hand_over(connection, letter, message, sender)
    except Undelivered:
        raise
    except (OSError, smtplib.SMTPException) as error:  # hung, refused, died, spoke nonsense
        raise Undelivered(_told(error), is_down=not isinstance(error, smtplib.SMTPServerDisconnected)) from error
    finally:
        connection.close()


def written(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    except (ValueError, IndexError) as error:
        raise Undelivered(f"Not an address: {error}", lasting=True) from error
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(letter.text, cte="base64")  # ASCII on the wire: no server need know 8BITMIME
    if letter.attachment is not None:
        message.add_attachment(letter.attachment.text.encode(), "text", "plain", filename=letter.attachment.name,
                               params={"charset": "utf-8"})  # as bytes: no line end is changed on the way
    return message


def _open(connection: smtplib.SMTP, server) -> None:
    """Connect and sign in; what goes wrong here is the server's or the setting's, never the letter's."""
    connection._host = server.hostname  # what the certificate must say; smtplib learns it in its constructor only
    try:
        code, answer = connection.connect(server.hostname, server.port or PORTS[server.scheme])
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        connection.ehlo_or_helo_if_needed()
        if server.scheme == "smtp+starttls":
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
    except smtplib.SMTPException as error:
        raise Undelivered(_told(error), is_down=True) from error


def _hand_over(connection: smtplib.SMTP, letter: Letter, message: EmailMessage, sender: str) -> None:
    try:
        connection.sendmail(_bare(sender), [letter.to], message.as_bytes())
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _refused(code, answer) from error
    except smtplib.SMTPResponseException as error:  # to MAIL or DATA
        raise _refused(error.smtp_code, error.smtp_error) from error
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()  # the letter is theirs already, whatever they answer now


def _refused(code: int, answer) -> Undelivered:
    """5xx is for good, 4xx for now (greylisting, a full box), RFC 5321 4.2.1; 421: the server is closing."""
    return Undelivered(f"{code} {_text(answer)}", lasting=500 <= code < 600, is_down=code == 421)


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _text(answer) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def _bare(sender: str) -> str:
    return sender.rpartition("<")[2].rstrip("> ").strip()


class _Tls(smtplib.SMTP_SSL):
    """TLS from the first byte, the certificate checked."""

    def __init__(self, **more):
        super().__init__(context=ssl.create_default_context(), **more)
