"""The load: kept-alive connections that each ask again as soon as they are answered. A process of its own, as light as
Python allows, so that what is measured is the other side. Reads a plan from stdin, writes what came of it to stdout.

Plan: address, seconds, the status that counts as right, whether each request may be sent only once, and the lanes: one
connection each, with its list of requests.
"""

import json
import selectors
import socket
import sys
from dataclasses import dataclass, field
from time import perf_counter

PATIENCE = 60.0  # seconds without any answer after which the rest is given up


@dataclass
class Lane:
    """One connection and what it has to ask."""

    address: tuple[str, int]
    requests: list[bytes]
    only_once: bool
    at: int = 0
    asked_at: float = 0.0
    answer: bytearray = field(default_factory=bytearray)
    wire: socket.socket | None = None

    def ask(self, selector) -> bool:
        if self.only_once and self.at == len(self.requests):
            return False
        if self.wire is None:
            self.wire = socket.create_connection(self.address)
            self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(self.wire, selectors.EVENT_READ, self)
        request = self.requests[self.at % len(self.requests)]
        self.at += 1
        self.answer.clear()
        self.asked_at = perf_counter()
        self.wire.sendall(request)
        return True

    def read(self, selector) -> tuple[int, int] | None:
        """(status, size) once the answer is whole."""
        piece = self.wire.recv(262_144)
        self.answer += piece
        end = self.answer.find(b"\r\n\r\n")
        if not piece:
            self.hang_up(selector)
            return 0, len(self.answer)
        if end < 0:
            return None
        head = bytes(self.answer[:end]).lower()
        length = head.find(b"\r\ncontent-length:")
        if length >= 0:
            wanted = int(head[length + 17 :].split(b"\r\n", 1)[0])
            if len(self.answer) < end + 4 + wanted:
                return None
        elif b"\r\ntransfer-encoding: chunked" in head and not self.answer.endswith(b"0\r\n\r\n"):
            return None
        if b"\r\nconnection: close" in head:
            self.hang_up(selector)
        return int(head[9:12]), len(self.answer)

    def hang_up(self, selector) -> None:
        if self.wire is not None:
            selector.unregister(self.wire)
            self.wire.close()
            self.wire = None


def run(plan: dict) -> dict:
    """Ask for as long as the plan says, or until a lane has nothing left to ask; nothing in flight is left behind."""
    selector = selectors.DefaultSelector()
    lanes = [
        Lane(tuple(plan["address"]), [request.encode("latin-1") for request in requests], plan["only_once"])
        for requests in plan["lanes"]
    ]
    took, wrong, size, asked = [], {}, 0, 0
    began = ended = perf_counter()
    until = began + plan["seconds"]
    for lane in lanes:
        asked += lane.ask(selector)
    waiting = asked
    while waiting:
        events = selector.select(PATIENCE)
        if not events:
            wrong["no answer"] = waiting
            break
        for key, _ in events:
            lane = key.data
            found = lane.read(selector)
            if found is None:
                continue
            ended = perf_counter()
            status, length = found
            if status == plan["right"]:
                took.append(ended - lane.asked_at)
                size += length
            else:
                wrong[str(status)] = wrong.get(str(status), 0) + 1
            waiting -= 1
            if ended < until:
                if lane.ask(selector):
                    waiting += 1
                else:
                    until = ended
    for lane in lanes:
        lane.hang_up(selector)
    took.sort()
    return {
        "right": len(took), "wrong": wrong, "seconds": ended - began, "size": size / len(took) if took else 0,
        "p50": _at(took, 0.50), "p95": _at(took, 0.95), "longest": _at(took, 1.0),
    }


def _at(took: list[float], share: float) -> float:
    return took[min(int(len(took) * share), len(took) - 1)] if took else 0.0


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
