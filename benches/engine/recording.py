"""Analyses a recording: the requests of each container, the containers of each cell, which request waited for which, and the
number of requests at once. It sends no requests."""

import base64
import bisect
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from wire import Streams

ID = re.compile(r"[0-9a-f]{64}")
MARK = re.compile(rb"[0-9A-Fa-f]{12,}")
"""A possible mark in a stream: so many hexadecimal digits that they are not a coincidence."""
CLOCKS = 0.05
"""Allowed difference in seconds between the clocks of the record and the recorder."""
BRIEF = 0.005
"""The fraction of the total time for which a degree of parallelism must last to count."""

KINDS = [
    ("POST", r"/containers/create", "create"),
    ("POST", r"/containers/[^/]+/attach", "attach"),
    ("POST", r"/containers/[^/]+/start", "start"),
    ("POST", r"/containers/[^/]+/wait", "wait"),
    ("POST", r"/containers/[^/]+/exec", "exec: create"),
    ("POST", r"/exec/[^/]+/start", "exec: start"),
    ("GET", r"/exec/[^/]+/json", "exec: inspect"),
    ("GET", r"/containers/json", "list containers"),
    ("GET", r"/containers/[^/]+/json", "inspect"),
    ("DELETE", r"/containers/[^/]+", "remove"),
    ("POST", r"/commit", "commit"),
    ("GET", r"/images/json", "list images"),
    ("GET", r"/images/.+/json", "look up an image"),
    ("DELETE", r"/images/.+", "remove an image"),
    ("POST", r"/build", "build"),
    ("POST", r"/images/create", "pull or import"),
    ("POST", r"/images/.+/tag", "tag"),
    ("GET", r"/events", "listen to events"),
    ("GET", r"/(version|info|_ping)", "greet"),
]


@dataclass
class Call:
    """One request and its answer."""

    method: str
    path: str
    headers: list[list[str]]
    body: bytes
    start: float
    head: float
    """When the response began."""
    end: float
    """When the response, or for streams the output, ended."""
    status: int
    answer: bytes
    streams: bool
    cut: bool
    """Whether the client closed the connection before the response ended."""
    pieces: list[tuple[float, str, bytes]]

    @property
    def kind(self) -> str:
        path = re.sub(r"^/v[0-9.]+", "", urlsplit(self.path).path)
        found = (kind for method, pattern, kind in KINDS if method == self.method and re.fullmatch(pattern, path))
        return next(found, f"{self.method} {ID.sub('ID', path)}")

    @property
    def done(self) -> float:
        """When the client was finished with it."""
        # The end of the connection is noticed later, but nothing waits for it.
        sent = [at for at, way, _ in self.pieces if way == "in"]
        return min(self.end, max(sent, default=self.head)) if self.streams else self.end

    def made(self) -> str | None:
        """The id of the created object."""
        if self.kind not in ("create", "commit", "exec: create") or self.status >= 300:
            return None
        found = ID.search(json.loads(self.answer)["Id"])
        return found and found[0]

    def names(self) -> str:
        """The text that names the objects it refers to."""
        image = json.loads(self.body).get("Image", "") if self.kind == "create" else ""
        return f"{unquote(self.path)} {image}"


@dataclass
class Unit:
    """Consecutive requests: those of one container, or a single request."""

    calls: list[Call]
    container: str | None = None
    needs: list["Unit"] = field(default_factory=list)
    """Units that ended before this one began."""

    @property
    def start(self) -> float:
        return self.calls[0].start

    @property
    def end(self) -> float:
        return max(call.done for call in self.calls)

    def snapshots(self) -> list[str]:
        """The ids of its snapshots."""
        return [made for call in self.calls if call.kind == "commit" and (made := call.made())]

    def actions(self) -> list[tuple[float, str, Call, bytes]]:
        """The client's actions in order: `ask`; on streams also `say` and `end`."""
        asked = [(call.start, "ask", call, b"") for call in self.calls]
        ways = {"in": "say", "in-end": "end"}
        sent = [(at, ways[way], call, text) for call in self.calls for at, way, text in call.pieces if way in ways]
        return sorted(asked + sent, key=lambda action: action[0])


@dataclass
class Group:
    """The units of one cell."""

    units: list[Unit]

    @property
    def start(self) -> float:
        return min(unit.start for unit in self.units)

    @property
    def end(self) -> float:
        return max(unit.end for unit in self.units)


    def pauses(self) -> list[float]:
        """The client's pauses: from the last data it received in this cell to its next action."""
        received = [call.end for unit in self.units for call in unit.calls if not call.streams]
        received += [at for unit in self.units for call in unit.calls for at, way, _ in call.pieces if way == "out"]
        received += [call.head for unit in self.units for call in unit.calls if call.streams]
        received.sort()
        did = sorted(at for unit in self.units for at, what, _, _ in unit.actions() if what != "end")
        return [at - received[bisect.bisect_right(received, at) - 1] for at in did if at > received[0]]


@dataclass
class Recording:
    """All of a run's requests."""

    calls: list[Call]
    cells: int
    groups: list[Group]
    """Ordered by start."""
    others: list[Unit]
    """Requests that belong to no cell: version, lookups, the final cleanup."""
    groups_at_once: int
    containers_at_once: int


def read(log: Path, record: Path) -> Recording:
    """Reads the recording of a run and its `record.json`, which has the times and images of each cell."""
    with open(log, encoding="utf-8") as lines:
        epoch = json.loads(next(lines))["epoch"]
        calls = [call(json.loads(line)) for line in lines]
    cells = [CellTimes.read(cell, epoch) for cell in json.loads(record.read_text())["cells"]]
    groups, others = in_groups(list(in_units(calls)), cells)
    for set_of in [others, *(group.units for group in groups)]:
        for unit in set_of:
            unit.needs = [before for before in set_of if before.end <= unit.start and before is not unit]
    containers = [unit for group in groups for unit in group.units if unit.container]
    return Recording(calls, len(cells), groups, others, at_once(groups), at_once(containers))


def call(entry: dict) -> Call:
    start = entry["start"]
    head = entry.get("head", entry["end"] or start)
    end = entry["end"] if entry["end"] is not None else float("inf")
    pieces = [(at, way, base64.b64decode(piece)) for at, way, piece in entry["pieces"]]
    body, answer = base64.b64decode(entry.get("body", "")), base64.b64decode(entry.get("answer", ""))
    streams, status = entry.get("streams", False), entry.get("status", 0)
    headers, cut = entry["headers"], entry["cut"]
    return Call(entry["method"], entry["path"], headers, body, start, head, end, status, answer, streams, cut, pieces)


def in_units(calls: list[Call]) -> Iterator[Unit]:
    """The requests of each container; an exec belongs to its container."""
    containers: dict[str, Unit] = {}
    for call in calls:
        made = call.made()
        query = parse_qs(urlsplit(call.path).query)
        named = query.get("container", []) if call.kind == "commit" else ID.findall(urlsplit(call.path).path)
        unit = next((containers[name] for name in named if name in containers), None)
        if call.kind == "create" and made:
            unit = containers[made] = Unit([call], made)
            yield unit
        elif unit:
            unit.calls.append(call)
            if call.kind == "exec: create" and made:
                containers[made] = unit
        else:
            yield Unit([call])


def in_groups(units: list[Unit], cells: list["CellTimes"]) -> tuple[list[Group], list[Unit]]:
    """The units of each cell, and those of no cell. Units that use a snapshot belong to the container of the snapshot; other
    units of a cell are found by image and time, because requests do not name cells."""
    groups: list[list[Unit]] = []
    others: list[Unit] = []
    of: dict[str, list[Unit]] = {}
    for unit in units:
        names = {name for call in unit.calls for name in ID.findall(call.names())}
        home = next((of[name] for name in names if name in of), None)
        if home is None and not unit.container:
            others.append(unit)
            continue
        if home is None:
            home = []
            groups.append(home)
        home.append(unit)
        of |= {snapshot: home for snapshot in unit.snapshots()}
    for cell in sorted(cells, key=lambda cell: cell.end):
        home = of.get(cell.snapshot)
        for image in [cell.control] if home else [cell.image, cell.control]:
            alone = [group for group in groups if len(group) == 1 and group is not home and cell.may_own(group[0], image)]
            if alone:
                found = min(alone, key=lambda group: abs(group[0].end - cell.end))
                groups = [group for group in groups if group is not found]
                home = home or []
                home += found
                groups += [] if any(group is home for group in groups) else [home]
    by_start = [Group(sorted(group, key=lambda unit: unit.start)) for group in groups]
    return sorted(by_start, key=lambda group: group.start), others


@dataclass
class CellTimes:
    """Times and images of one cell, from the record of the run."""

    start: float
    end: float
    image: str
    snapshot: str
    """Empty if the failure did not occur."""
    control: str

    @staticmethod
    def read(cell: dict, epoch: float) -> "CellTimes":
        start = datetime.fromisoformat(cell["started"]).timestamp() - epoch
        of = {json.dumps(phase["phase"]): phase["image"].removeprefix("sha256:") for phase in cell["phases"]}
        image, snapshot, control = (of.get(f'"{phase}"', "") for phase in ("prepare", "placebo", "control"))
        return CellTimes(start, start + cell["millis"] / 1000, image, snapshot, control)

    def may_own(self, unit: Unit, image: str) -> bool:
        return (
            bool(image)
            and bool(unit.container)
            and not unit.snapshots()
            and image in unit.calls[0].names()
            and self.start - CLOCKS <= unit.start
            and unit.end <= self.end + CLOCKS
        )


def at_once(spans: Iterable[Unit | Group]) -> int:
    """The largest number at once that lasted longer than a moment."""
    ends = sorted([(span.start, 1) for span in spans] + [(span.end, -1) for span in spans])
    lasted: dict[int, float] = {}
    level = 0
    for (at, change), (until, _) in zip(ends, ends[1:]):
        level += change
        lasted[level] = lasted.get(level, 0) + until - at
    whole = sum(lasted.values())
    # Time at a higher level also counts for lower levels.
    return max((n for n in lasted if sum(t for m, t in lasted.items() if m >= n) > BRIEF * whole), default=1)


class StreamOutput:
    """The output of a stream at each time, and the marks that the client could wait for."""

    def __init__(self, call: Call):
        self.call, self.streams = call, Streams()
        self.times: list[float] = []
        self.sizes: list[dict[int, int]] = []
        for at, way, piece in call.pieces:
            if way == "out":
                self.streams.take(piece)
                self.times.append(at)
                self.sizes.append({n: len(text) for n, text in self.streams.text.items()})

    def marks(self, at: float) -> list[tuple[int, bytes, int]]:
        """Stream, text and count of the client's newest mark that had come back at that time."""
        sent = b"".join(piece for time, way, piece in self.call.pieces if way == "in" and time < at)
        place = bisect.bisect_left(self.times, at)
        marks = []
        for stream, size in self.sizes[place - 1].items() if place else []:
            text = bytes(self.streams.text[stream][:size])
            mark = next((mark for mark in reversed(MARK.findall(sent)) if mark in text), None)
            marks += [(stream, mark, text.count(mark))] if mark else []
        return marks

    def marks_received(self) -> set[bytes]:
        """The marks that came back."""
        sent = b"".join(piece for _, way, piece in self.call.pieces if way == "in")
        return {mark for mark in MARK.findall(sent) if any(mark in text for text in self.streams.text.values())}
