"""Sends the requests of a recording again, without matrix: the same requests, in the same order within a cell, with the same
number at once, each as soon as its prerequisites have arrived. It judges nothing and writes nothing.

Prerequisites are everything that the client could have waited for: responses to earlier requests, ids in them, and marks in
streams. Only ids differ from the recording; the recorded ids are replaced.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

from recording import ID, Call, Group, StreamOutput, Recording, Unit
from wire import Flow, Gone, Head, Streams, connect

TIMEOUT = 1800.0
"""Timeout in seconds for everything that is waited for."""
FREE = ("remove", "wait", "remove an image")
"""Kinds of requests with a race: the object may already be removed."""


class Differs(Exception):
    """The engine behaved differently from the recording."""


class Replay:
    """One replay of a recording on the engine behind a socket."""

    def __init__(self, recording: Recording, engine: str):
        self.recording, self.engine = recording, engine
        made = [made for call in recording.calls if (made := call.made())]
        self.ids = {old: threading.Event() for old in made}
        self.new: dict[str, str] = {}
        self.units = [*recording.others, *(unit for group in recording.groups for unit in group.units)]
        self.done = {id(unit): threading.Event() for unit in self.units}
        self.all_cells = threading.Event()
        self.cells = threading.Semaphore(recording.groups_at_once)
        self.containers = threading.Semaphore(recording.containers_at_once)
        self.failures: list[Exception] = []
        self.spent: list[tuple[str, float]] = []
        self.received = 0
        self.idle: list[socket.socket] = []
        self.open: list[socket.socket] = []

    def run(self) -> float:
        """Seconds from the first request to the last answer."""
        began = time.monotonic()
        others = [spawn(self.other, unit) for unit in self.recording.others]
        cells = []
        for group in self.recording.groups:
            self.cells.acquire()
            cells.append(spawn(self.group, group))
        for thread in cells:
            thread.join()
        self.all_cells.set()
        for thread in others:
            thread.join()
        took = time.monotonic() - began
        self.tidy()
        if self.failures:
            raise self.failures[0]
        return took

    def other(self, unit: Unit) -> None:
        groups = self.recording.groups
        if groups and unit.start >= max(group.end for group in groups):
            self.all_cells.wait()
        self.unit(unit)

    def group(self, group: Group) -> None:
        """Runs one cell: each unit starts when the units that ended before it have ended."""
        try:
            for other in self.recording.others:
                if other.end <= group.start and not other.calls[0].cut:
                    self.await_event(self.done[id(other)], other.calls[0].path)
            threads = [spawn(self.unit, unit) for unit in group.units]
            for thread in threads:
                thread.join()
        finally:
            self.cells.release()

    def unit(self, unit: Unit) -> None:
        try:
            for need in unit.needs:
                if not need.calls[0].cut:
                    self.await_event(self.done[id(need)], need.calls[0].path)
            # Before a slot is taken, because the unit that creates the id may need one.
            for old in ID.findall(unit.calls[0].names()):
                self.known(old)
            with self.containers if unit.container else nullcontext():
                Walk(self, unit).walk()
        except Exception as error:  # any error ends the replay, so that other threads do not wait forever
            self.failures.append(error)
        finally:
            self.done[id(unit)].set()

    def await_event(self, event: threading.Event, what: str) -> None:
        until = time.monotonic() + TIMEOUT
        while not event.wait(1):
            if self.failures:
                raise Differs("stopped because another request failed")
            if time.monotonic() > until:
                raise Differs(f"waited too long for {what}")

    def known(self, old: str) -> str:
        """The new id for a recorded one."""
        if old not in self.ids:
            return old
        self.await_event(self.ids[old], f"the id of what was {old[:12]}")
        return self.new[old]

    def translated(self, text: str) -> str:
        return ID.sub(lambda found: self.known(found[0]), text)

    def asked(self, call: Call) -> bytes:
        """The bytes of the request."""
        body = self.translated(call.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        left_out = ("content-length", "transfer-encoding")
        headers = [f"{name}: {value}" for name, value in call.headers if name.lower() not in left_out]
        if body or call.method in ("POST", "PUT"):
            headers.append(f"Content-Length: {len(body)}")
        lines = [f"{call.method} {self.translated(call.path)} HTTP/1.1", *headers, "", ""]
        return "\r\n".join(lines).encode("latin-1") + body

    def exchange(self, call: Call) -> None:
        """Sends one request and reads the complete response."""
        began = time.monotonic()
        status, answer = self.ask(self.asked(call), call.method)
        self.spent.append((call.kind, time.monotonic() - began))
        if call.kind == "remove" and status == 409:
            path = re.sub(r"\?.*", "", self.translated(call.path))
            self.ask(f"POST {path}/wait?condition=removed HTTP/1.1\r\nHost: engine\r\nContent-Length: 0\r\n\r\n".encode(), "POST")
        elif status != call.status and call.kind not in FREE:
            raise Differs(f"{call.method} {call.path}: {status} instead of {call.status}: {answer[:500]!r}")
        if old := call.made():
            found = ID.search(answer.decode())
            if not found:
                raise Differs(f"{call.method} {call.path}: no id in {answer[:500]!r}")
            self.new[old] = found[0]
            self.ids[old].set()

    def ask(self, request: bytes, method: str) -> tuple[int, bytes]:
        sock = self.idle_connection() or connect(self.engine)
        sock.sendall(request)
        flow = Flow(sock)
        head = answer_head(flow)
        answer = b"".join(content for _, content in flow.body(head, to=method))
        if head.get("connection") == "close":
            sock.close()
        else:
            self.idle.append(sock)
        return head.status, answer

    def idle_connection(self) -> socket.socket | None:
        """An idle connection of an earlier request that the engine has not closed; `None` if there is none."""
        while True:
            try:
                sock = self.idle.pop()
            except IndexError:
                return None
            try:
                sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return sock  # no data and not closed
            except ConnectionError:
                pass
            sock.close()

    def leave_open(self, call: Call) -> None:
        """Sends a request whose response the client did not wait for."""
        sock = connect(self.engine)
        sock.sendall(self.asked(call))
        self.open.append(sock)

    def tidy(self) -> None:
        """Removes the leftovers of a failed replay, and closes all connections."""
        for call in self.recording.calls:
            new = self.new.get(call.made() or "")
            if new and self.failures and call.kind in ("create", "commit"):
                path = f"/containers/{new}?force=1&v=1" if call.kind == "create" else f"/images/sha256:{new}?force=1"
                self.ask(f"DELETE {path} HTTP/1.1\r\nHost: engine\r\n\r\n".encode(), "DELETE")
        for sock in [*self.idle, *self.open]:
            hang_up(sock, socket.SHUT_RDWR)
            sock.close()


class Walk:
    """Sends the requests of one unit in order."""

    def __init__(self, replay: Replay, unit: Unit):
        self.replay, self.unit = replay, unit
        self.under_way: list[tuple[Call, threading.Thread]] = []
        self.streams: dict[int, Stream] = {}

    def walk(self) -> None:
        actions = self.unit.actions()
        for place, (at, what, call, piece) in enumerate(actions):
            following = actions[place + 1][0] if place + 1 < len(actions) else float("inf")
            self.catch_up(at)
            if what == "say":
                self.streams[id(call)].say(piece)
            elif what == "end":
                self.streams[id(call)].hang_up()
            elif call.cut or call.end == float("inf") and not call.streams:
                self.replay.leave_open(call)
            elif call.streams:
                self.streams[id(call)] = Stream(self.replay, call)
            elif call.end > following:
                self.under_way.append((call, spawn(self.beside, call)))
            else:
                self.replay.exchange(call)
        for _, thread in self.under_way:
            thread.join()

    def beside(self, call: Call) -> None:
        try:
            self.replay.exchange(call)
        except Exception as error:  # as in `Replay.unit`
            self.replay.failures.append(error)

    def catch_up(self, at: float) -> None:
        """Waits for everything that the client had received by then."""
        for call, thread in self.under_way:
            if call.end <= at:
                thread.join()
        for stream in self.streams.values():
            stream.catch_up(at)


class Stream:
    """The streams of a container, from the client's side."""

    def __init__(self, replay: Replay, call: Call):
        self.replay, self.call, self.recorded = replay, call, StreamOutput(call)
        self.received, self.ended, self.news = Streams(), False, threading.Condition()
        self.counts: dict[tuple[int, bytes], tuple[int, int]] = {}
        began = time.monotonic()
        self.sock = connect(replay.engine)
        replay.open.append(self.sock)
        self.sock.sendall(replay.asked(call))
        self.flow = Flow(self.sock)
        head = answer_head(self.flow)
        replay.spent.append((call.kind, time.monotonic() - began))
        if head.status != call.status:
            raise Differs(f"{call.method} {call.path}: {head.status} instead of {call.status}")
        spawn(self.listen)

    def listen(self) -> None:
        with self.sock:
            try:
                while piece := self.flow.some():
                    with self.news:
                        self.received.take(piece)
                        self.replay.received += len(piece)
                        self.news.notify_all()
            except ConnectionError:
                pass
            with self.news:
                self.ended = True
                self.news.notify_all()

    def say(self, piece: bytes) -> None:
        self.sock.sendall(piece)

    def hang_up(self) -> None:
        hang_up(self.sock, socket.SHUT_WR)

    def catch_up(self, at: float) -> None:
        """Waits for the marks that the client had received at that time."""
        if self.call.end <= at:
            self.until(lambda: self.ended, "its end")
        elif not self.ended:
            for stream, mark, count in self.recorded.marks(at):
                self.until(lambda: self.count(stream, mark) >= count, repr(mark))

    def count(self, stream: int, mark: bytes) -> int:
        """How often a mark has come. Output that was already counted is not searched again."""
        text = self.received.text.get(stream, bytearray())
        count, at = self.counts.get((stream, mark), (0, 0))
        while (found := text.find(mark, at)) >= 0:
            count, at = count + 1, found + len(mark)
        self.counts[stream, mark] = count, max(at, len(text) - len(mark) + 1)
        return count

    def until(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + TIMEOUT
        with self.news:
            while not true():
                if self.ended:
                    raise Differs(f"a container ended before {what} had come")
                if self.replay.failures or time.monotonic() > until:
                    raise Differs(f"{what} did not come")
                self.news.wait(1)


def hang_up(sock: socket.socket, way: int) -> None:
    try:
        sock.shutdown(way)
    except OSError:
        pass  # the other side closed it first


def answer_head(flow: Flow) -> Head:
    while head := flow.head():
        if head.status >= 200 or head.status == 101:
            return head
    raise Gone


def spawn(work: Callable[..., None], *given: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=given, daemon=True)
    thread.start()
    return thread
