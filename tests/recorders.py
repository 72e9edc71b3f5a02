"""Servers in threads that keep what they are given, and misbehave when told: a mail server and a group's robot."""

import json
import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANGS = 20.0  # seconds


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server. `mood` says how it answers; `letters` are those it took upon itself."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mood, self.letters, self.tries, self.context = "well", [], 0, context
        self.closing, self.pace = threading.Event(), 0.0  # seconds before it takes a letter and after

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"smtp://{self.host}"

    def ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self._talk()
        except (OSError, ValueError):
            pass

    def _talk(self):
        mood = self.server.mood
        self.server.tries += 1
        if mood == "hangs":
            self.server.closing.wait(HANGS)
            return
        if mood == "drips":
            while not self.server.closing.wait(0.05):
                self.wfile.write(b"2")
            return
        if mood == "babbles":
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        self._say("554 no service here" if mood == "no service" else "220 recorder")
        while line := self.rfile.readline():
            if self._obey(line.decode().strip(), mood):
                return

    def _obey(self, line: str, mood: str):
        """Answer one command; True ends the session."""
        word = line.partition(" ")[0].upper()
        if word == "EHLO":
            self._say("250-recorder", *(["250-STARTTLS"] if self.server.context else []), "250-AUTH PLAIN",
                      "250 SIZE 1000000")
        elif word == "STARTTLS":
            self._say("220 go on")
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        elif word == "AUTH":
            self._say("535 wrong password" if mood == "no password" else "235 welcome")
        elif word == "RCPT" and mood in ANSWERS:
            self._say(ANSWERS[mood].replace("%s", line[8:]))
        elif word == "DATA":
            return self._take(mood)
        elif word == "QUIT":
            if mood == "rude":
                return True
            self._say("500 what?" if mood == "confused" else "221 bye")
            return True
        else:
            self._say("250 ok")

    def _take(self, mood: str):
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
            if mood == "dies":
                return True
        if line == b"":
            return True  # whoever sent it is gone: a letter without its end is none
        if mood == "full":
            self._say("452 no room left")
            return None
        if mood == "disgusted":
            self._say("554 5.7.1 spam")
            return None
        time.sleep(self.server.pace)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        time.sleep(self.server.pace)
        self._say("250 taken")
        return None

    def _say(self, *lines: str):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


ANSWERS = {
    "greylists": "450 4.7.1 come back later", "unknown": "550 5.1.1 %s is unknown\r\n",
    "closing": "421 shutting down", "boxfull": "452 4.2.2 mailbox full",
}


class Robot(ThreadingHTTPServer):
    """A group's robot. `status` and `answer` are what it says; `said` holds the bodies it was given with 200 and 0."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Post)
        self.status, self.answer, self.hangs = 200, {"errcode": 0, "errmsg": "ok"}, False
        self.said, self.asked, self.closing = [], [], threading.Event()

    def url(self, kind: str = "wecom") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/robot/send?key=k#format={kind}"


class _Post(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        if self.server.hangs:
            self.server.closing.wait(HANGS)
            return
        answer = self.server.answer
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if self.server.status == 200 and isinstance(answer, dict) and answer.get("errcode") == 0:
            self.server.said.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        if self.server.status in (301, 302):
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given):
        pass


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def nobody() -> str:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def took(act) -> float:
    """Seconds."""
    began = time.monotonic()
    act()
    return time.monotonic() - began
