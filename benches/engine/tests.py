"""Tests of the recorder and the replay, with a minimal engine whose containers are shells, and of the figures of shards."""

import json
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest import mock

from recorder import Recorder
from recording import Recording, read
from replay import Differs, Replay
from sharing import Figures, Stage, compare, missed, seconds
from wire import Flow, Streams, connect


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Containers, snapshots, and all requests received."""

    daemon_threads = True

    def __init__(self, path: Path):
        self.lock, self.count, self.containers, self.images = threading.Lock(), 0, {}, {"base"}
        self.requests: list[str] = []
        self.alive = self.most = 0
        self.deaf = False
        super().__init__(str(path), Answer)

    def new(self) -> str:
        with self.lock:
            self.count += 1
            return f"{self.count:064x}"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Engine

    def log_message(self, *_: object) -> None:
        pass

    def tell(self, status: int, value: object = None, chunked: bool = False) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))))
        self.end_headers()
        pieces = [body[at : at + 7] for at in range(0, len(body), 7)] + [b""]
        if body or chunked:
            self.wfile.write(b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) if chunked else body)

    def asked(self) -> dict:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(body or b"{}")

    def do_GET(self) -> None:  # noqa: N802
        self.server.requests.append(f"GET {self.path}")
        self.tell(200, {"Id": "there", "filler": "x" * 100}, chunked=True)

    def do_DELETE(self) -> None:  # noqa: N802
        engine, name = self.server, self.path.split("?")[0].split("/")[2]
        engine.requests.append(f"DELETE {self.path.split('/')[1]}")
        engine.images.discard(name)
        with engine.lock:
            engine.alive -= name in engine.containers
        engine.containers.pop(name, None)
        self.tell(204)

    def do_POST(self) -> None:  # noqa: N802
        engine, body = self.server, self.asked()
        if self.path == "/containers/create":
            if body["Image"] not in engine.images:
                return self.tell(404, {"message": "no such image"})
            name = engine.new()
            engine.containers[name] = None
            with engine.lock:
                engine.alive += 1
                engine.most = max(engine.most, engine.alive)
            engine.requests.append("create from the base" if body["Image"] == "base" else "create from a snapshot")
            self.tell(201, {"Id": name}, chunked=True)
        elif self.path.startswith("/commit"):
            assert self.path.split("=")[1] in engine.containers
            image = f"sha256:{engine.new()}"
            engine.images.add(image)
            engine.requests.append("commit")
            self.tell(201, {"Id": image})
        elif self.path.endswith("/start"):
            engine.requests.append("start")
            self.tell(204)
        else:
            engine.requests.append("attach")
            self.attach()

    def attach(self) -> None:
        """As in Docker: the connection becomes the streams of the shell, with output in frames that may be split anywhere."""
        self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        pipe = subprocess.PIPE
        shell = subprocess.Popen(["sh"], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        lock = threading.Lock()

        def copy(stream: int, source) -> None:
            while text := source.read(50):
                frame = bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text
                with lock:
                    self.connection.sendall(frame[:5])
                    time.sleep(0.001)
                    self.connection.sendall(frame[5:])

        readers = [threading.Thread(target=copy, args=given) for given in ((1, shell.stdout), (2, shell.stderr))]
        for reader in readers:
            reader.start()
        while piece := self.connection.recv(100):
            if not self.server.deaf:
                shell.stdin.write(piece)
        shell.stdin.close()
        for reader in readers:
            reader.join()
        shell.wait()
        shell.stdout.close()
        shell.stderr.close()
        self.close_connection = True


class Caller:
    """A short form of a run."""

    def __init__(self, path: str):
        self.path = path

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        text = b"" if body is None else json.dumps(body).encode()
        with connect(self.path) as sock:
            head = f"{method} {path} HTTP/1.1\r\nHost: engine\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            pieces = [text[at : at + 5] for at in range(0, len(text), 5)] + [b""]
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            sock.sendall(head + chunks if body is not None else f"{method} {path} HTTP/1.1\r\nHost: engine\r\n\r\n".encode())
            flow = Flow(sock)
            answer = b"".join(content for _, content in flow.body(flow.head(), to=method))
            return json.loads(answer or b"{}")

    def container(self, image: str, steps: list[str]) -> str:
        """A container in which each step is sent after the end of the previous one was reported."""
        name = self.ask("POST", "/containers/create", {"Image": image})["Id"]
        sock = connect(self.path)
        sock.sendall(f"POST /containers/{name}/attach HTTP/1.1\r\nHost: engine\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode())
        flow, streams = Flow(sock), Streams()
        assert flow.head().status == 101
        self.ask("POST", f"/containers/{name}/start", {})
        for place, step in enumerate(steps):
            mark = f"{time.monotonic_ns():016x}{place:04x}"
            sock.sendall(f"{step}\nprintf %s {mark} >&2; printf '%s %s\\n' {mark} $?\n".encode())
            while any(mark.encode() not in text for text in streams.text.values()):
                streams.take(flow.some())
        sock.close()
        return name

    def cell(self) -> str:
        """A failure, a snapshot, two containers from it, and a control. Returns the snapshot."""
        first = self.container("base", ["printf no-newline", "sleep 0.1; echo $$ >&2"])
        snapshot = self.ask("POST", f"/commit?container={first}", {})["Id"]
        self.ask("DELETE", f"/containers/{first}?force=1")
        for _ in range(2):
            self.ask("DELETE", f"/containers/{self.container(snapshot, ['sleep 0.1; seq 1000'])}?force=1")
        self.ask("DELETE", f"/images/{snapshot}?force=1")
        self.ask("DELETE", f"/containers/{self.container('base', ['sleep 0.1'])}?force=1")
        return snapshot


def record(place: Path) -> Recording:
    """Three cells, two at once, with a lookup before and after them."""
    log, report, cells = place / "log", place / "record.json", []
    with Recorder(place / "recorder", str(place / "engine"), log) as recorder:
        caller, turns = Caller(str(recorder.path)), threading.Semaphore(2)

        def cell() -> None:
            with turns:
                began = datetime.now(UTC)
                snapshot = caller.cell()
                images = [("prepare", "base"), ("placebo", snapshot), ("control", "base")]
                phases = [{"phase": phase, "image": image} for phase, image in images]
                millis = (datetime.now(UTC) - began).total_seconds() * 1000
                cells.append({"started": began.isoformat(), "millis": millis, "phases": phases})

        assert caller.ask("GET", "/images/base/json")["filler"] == "x" * 100
        threads = [threading.Thread(target=cell) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        caller.ask("GET", "/containers/json")
    report.write_text(json.dumps({"cells": cells}))
    return read(log, report)


@contextmanager
def engine() -> Iterator[tuple[Engine, Path]]:
    """An engine, and a folder with its socket."""
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "engine") as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server, Path(folder)
        server.shutdown()


class RecordAndReplay(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        with engine() as (server, place):
            cls.recording, cls.recorded = record(place), server.requests

    def setUp(self) -> None:
        self.engine, self.place = self.enterContext(engine())

    def replay(self) -> float:
        return Replay(self.recording, str(self.place / "engine")).run()

    def test_a_recording_has_every_request_and_knows_the_cells(self) -> None:
        self.assertEqual(len(self.recording.calls), len(self.recorded))
        self.assertEqual([len(group.units) for group in self.recording.groups], [5, 5, 5])
        self.assertEqual([unit.calls[0].kind for unit in self.recording.others], ["look up an image", "list containers"])
        self.assertEqual((self.recording.groups_at_once, self.recording.containers_at_once), (2, 2))

    def test_a_replay_makes_the_same_requests_with_as_many_containers_at_once(self) -> None:
        took = self.replay()
        self.assertEqual(sorted(self.engine.requests), sorted(self.recorded))
        self.assertEqual((self.engine.requests[0], self.engine.requests[-1]), (self.recorded[0], self.recorded[-1]))
        self.assertEqual((self.engine.most, self.engine.containers, self.engine.images), (2, {}, {"base"}))
        # Two cells at once and then one, with four steps of 0.1 s each: the replay waited for every step.
        self.assertGreater(took, 0.8)

    def test_a_replay_on_an_engine_that_answers_otherwise_is_no_measure(self) -> None:
        self.engine.images.remove("base")
        with self.assertRaisesRegex(Differs, "404 instead of 201.*no such image"):
            self.replay()

    def test_a_replay_does_not_go_on_without_the_marks_and_leaves_no_container(self) -> None:
        self.engine.deaf = True
        with mock.patch("replay.TIMEOUT", 0.5), self.assertRaisesRegex(Differs, "did not come|waited too long"):
            self.replay()
        self.assertEqual(self.engine.containers, {})

    def test_a_connection_on_which_the_engine_has_hung_up_is_not_used_again(self) -> None:
        replay = Replay(self.recording, str(self.place / "engine"))
        (alive, at_engine), (stale, gone) = socket.socketpair(), socket.socketpair()
        gone.close()
        replay.idle = [alive, stale]
        with alive, at_engine, stale:
            self.assertEqual([replay.idle_connection(), replay.idle_connection()], [alive, None])


def figures(progress: str, wall: float = 1.0) -> Figures:
    """The figures of a machine with this progress."""
    read = Figures(wall)
    for line in progress.splitlines():
        read.read(line)
    return read


class Sharing(unittest.TestCase):
    def setUp(self) -> None:
        built = "".join(f"image matrix/a:{number}: built in 30 s\n" for number in range(10))
        pulled = "".join(f"image matrix/a:{number}: pulled in 1.5 s\n" for number in range(10))
        self.builder = figures(f"base bookworm: bootstrapped\n{built}", wall=100.0)
        self.puller = figures(f"base bookworm: pulled\n{pulled}", wall=10.0)

    def test_durations_are_read_as_the_progress_writes_them(self) -> None:
        self.assertEqual([seconds("4.2 s"), seconds("45 s"), seconds("12 min 03 s")], [4.2, 45.0, 723.0])

    def test_only_finished_images_and_bases_count(self) -> None:
        read = figures(
            "obtaining 3 images\nimage bookworm: pulling\nbase bookworm: pulled\nbase trixie-i386: present\n"
            "image matrix/a:1: building\nimage matrix/a:1: built in 1 min 02 s\nimage matrix/a:2: present\n"
            "image matrix/a:3: pulled in 0.4 s\nimage matrix/a:4: failed to build image in 3 s\n"
            "  the image was built in 5 s\n1/3 cell s c: 2 confirmed in 3.0 s\n"
        )
        expected = Figures(1.0, {"matrix/a:1": 62.0}, {"matrix/a:3": 0.4}, {"bookworm": "pulled", "trixie-i386": "present"})
        self.assertEqual(read, expected)
        self.assertEqual((read.work(), self.builder.work(), self.puller.work()), (1, 11, 0))

    def test_a_stage_is_as_long_as_its_preparation_and_its_longest_shard(self) -> None:
        stage = Stage([self.puller, figures("", wall=25.0)], self.builder)
        self.assertEqual((stage.builds(), stage.building(), stage.pulls(), stage.wall()), (10, 300.0, 10, 125.0))
        self.assertEqual(Stage.load(json.loads(json.dumps(stage.store()))), stage)
        self.assertEqual(Stage.load(json.loads(json.dumps(Stage([self.puller]).store()))), Stage([self.puller]))

    def test_ratios_are_to_one_machine(self) -> None:
        stages = {"alone": Stage([self.builder]), "uncached": Stage([self.builder] * 3)}
        self.assertEqual(compare(stages), [
            "alone: 10 builds in 300 s, 0 pulls, wall 100 s",
            "uncached: 30 builds in 900 s, 0 pulls, wall 100 s; of one machine: builds 3.00, building 3.00, wall 1.00",
        ])
        self.assertEqual(len(compare({"cached": Stage([self.puller])})), 1, "without one machine there is no ratio")

    def test_a_shard_that_builds_or_bootstraps_misses_the_target_and_so_do_too_many_builds(self) -> None:
        alone, good = Stage([self.builder]), Stage([self.puller] * 3, self.builder)
        self.assertEqual(missed({"alone": alone, "cached": good}), [])
        self.assertEqual(missed({"cached": good}), [])
        again = figures("image matrix/a:1: built in 1.0 s\nimage matrix/a:2: built in 1.0 s\n")
        two = missed({"alone": alone, "cached": Stage([self.puller, again], self.builder)})
        self.assertEqual([line.split()[:2] for line in two], [["shard", "2"], ["12", "builds"]])
        self.assertEqual(len(missed({"cached": Stage([figures("base trixie: bootstrapped\n")])})), 1)


if __name__ == "__main__":
    unittest.main()
