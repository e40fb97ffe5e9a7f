"""A proxy between a client and a container engine. It records every request with its response and times, and for streams the
bytes in each direction. It changes no data and does not depend on the meaning of requests.

Each line of its log is one request, as JSON. Times are seconds since the recorder began; bytes are in base64.
"""

import base64
import json
import os
import select
import socket
import threading
import time
from pathlib import Path

from wire import PIECE, Flow, Gone, Head, connect

LONGEST_ANSWER = 1 << 18
"""Longer responses are cut off here; ids are at their beginning."""

GRACE = 0.5
"""Seconds to wait until open streams end."""


class Recorder:
    """Listens on `path` for clients of the engine at `engine`, while the context is active."""

    def __init__(self, path: Path, engine: str, log: Path):
        self.path, self.engine, self.log = path, engine, log
        self.lock = threading.Lock()
        self.entries: list[dict] = []
        self.began = time.monotonic()
        self.epoch = time.time()

    def __enter__(self) -> "Recorder":
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        self.path.unlink(missing_ok=True)
        time.sleep(GRACE)
        with self.lock, open(self.log, "w", encoding="utf-8") as log:
            print(json.dumps({"epoch": self.epoch}), file=log)
            for entry in sorted(self.entries, key=lambda entry: entry["start"]):
                print(json.dumps(entry), file=log)

    def now(self) -> float:
        return round(time.monotonic() - self.began, 6)

    def accept(self) -> None:
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.connection, args=(caller,), daemon=True).start()

    def connection(self, caller: socket.socket) -> None:
        """Forwards requests, one after the other, until either side closes the connection."""
        with caller, connect(self.engine) as engine:
            asked, answered = Flow(caller), Flow(engine, caller)
            try:
                while (head := asked.head()) and self.request(head, asked, answered):
                    pass
            except (Gone, ConnectionError):
                pass

    def request(self, head: Head, asked: Flow, answered: Flow) -> bool:
        """Forwards one request and its response. Returns whether the connection can be used again."""
        caller, engine = asked.sock, answered.sock
        entry = {"method": head.words[0], "path": head.words[1], "headers": head.headers, "start": self.now()}
        entry |= {"end": None, "cut": False, "pieces": []}
        with self.lock:
            self.entries.append(entry)
        engine.sendall(head.raw)
        sent = bytearray()
        for raw, content in asked.body(head):
            sent += content
            engine.sendall(raw)
        entry["body"] = text(bytes(sent))
        try:
            answer = self.head(answered, caller)
            if answer is None:
                return False
            # Recorded before it is forwarded, because the client's next action must have a later time.
            entry |= {"status": answer.status, "head": self.now(), "streams": answer.streams}
            if answer.streams:
                caller.sendall(answer.raw)
                return self.follow(entry, asked, answered)
            self.content(entry, answer, answered, caller)
            return True
        except (Gone, ConnectionError):
            entry |= {"cut": True, "end": self.now()}
            raise

    def head(self, answered: Flow, caller: socket.socket) -> Head | None:
        """The head of the response; interim responses are forwarded."""
        while head := answered.head():
            if head.status >= 200 or head.status == 101:
                return head
            caller.sendall(head.raw)
        return None

    def content(self, entry: dict, head: Head, answered: Flow, caller: socket.socket) -> None:
        """Forwards a response. The last piece is forwarded after its end was recorded, so that the client's next action is later."""
        empty = head.get("content-length") == "0" or head.status in (204, 304) or entry["method"] == "HEAD"
        late, stored = (head.raw, bytearray()) if empty else (b"", bytearray())
        if not empty:
            caller.sendall(head.raw)
        for raw, content in answered.body(head, to=entry["method"]):
            caller.sendall(late)
            late = raw
            stored += content[: LONGEST_ANSWER - len(stored)]
        entry |= {"answer": text(bytes(stored)), "end": self.now()}
        caller.sendall(late)

    def follow(self, entry: dict, asked: Flow, answered: Flow) -> bool:
        """Forwards streams in both directions until the engine closes its side."""
        ends = {asked.sock: ("in", answered.sock), answered.sock: ("out", asked.sock)}
        rest = {asked.sock: asked.rest, answered.sock: answered.rest}
        reading = list(ends)
        while answered.sock in reading:
            ready = [sock for sock in reading if rest[sock]] or select.select(reading, [], [])[0]
            for sock in ready:
                way, to = ends[sock]
                piece, rest[sock] = rest[sock] or sock.recv(PIECE), b""
                entry["pieces"].append([self.now(), way if piece else f"{way}-end", text(piece)])
                if piece:
                    self.pass_on(piece, to)
                else:
                    reading.remove(sock)
                    self.end(to)
        entry["end"] = self.now()
        return False

    @staticmethod
    def pass_on(piece: bytes, to: socket.socket) -> None:
        try:
            to.sendall(piece)
        except ConnectionError:
            pass  # it reads no more; its own output and end are still read

    @staticmethod
    def end(to: socket.socket) -> None:
        try:
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def engine_socket() -> str:
    """The path of the engine's socket, found as `matrix` finds it."""
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not address.startswith(("unix://", "/")):
        raise SystemExit(f"error: the engine is at `{address}`\nhelp: only an engine behind a Unix socket can be recorded")
    return address.removeprefix("unix://")
