"""HTTP/1.1 over a Unix socket, as far as container engines use it: lengths, chunks, and streams in both directions after the
head of the response. It does not depend on containers."""

import re
import select
import socket
from collections.abc import Iterator

PIECE = 1 << 16


class Gone(Exception):
    """The client closed the connection."""


class Head:
    """The first line and the headers of a request or a response."""

    def __init__(self, raw: bytes):
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        self.raw = raw
        self.words = first.split(" ", 2)
        self.headers = [tuple(re.split(r":\s*", line, maxsplit=1)) for line in lines]

    def get(self, name: str) -> str:
        return next((value.lower() for key, value in self.headers if key.lower() == name), "")

    @property
    def status(self) -> int:
        return int(self.words[1])

    @property
    def streams(self) -> bool:
        """Whether this response is followed by the streams of a container instead of a body."""
        endless = not self.get("content-length") and "chunked" not in self.get("transfer-encoding")
        return self.status == 101 or (endless and "docker" in self.get("content-type"))


class Flow:
    """Reads the data of one side in pieces. Reading ends when `other` closes its connection."""

    def __init__(self, sock: socket.socket, other: socket.socket | None = None):
        self.sock, self.other, self.rest = sock, other, b""

    def some(self) -> bytes:
        """The available data; empty at the end."""
        if self.rest:
            piece, self.rest = self.rest, b""
            return piece
        while self.other:
            ready, _, _ = select.select([self.sock, self.other], [], [])
            if self.sock in ready:
                break
            if not self.other.recv(1, socket.MSG_PEEK):
                raise Gone
            break  # the next request has already arrived; it waits
        return self.sock.recv(PIECE)

    def until(self, end: bytes) -> bytes:
        """All data up to and including `end`; empty if this side ended before."""
        text = b""
        while end not in text:
            piece = self.some()
            if not piece:
                return b""
            text += piece
        text, self.rest = text[: text.index(end) + len(end)], text[text.index(end) + len(end) :]
        return text

    def head(self) -> Head | None:
        raw = self.until(b"\r\n\r\n")
        return Head(raw) if raw else None

    def exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.some()
            if not piece:
                raise Gone
            piece, self.rest = piece[:size], piece[size:] + self.rest
            size -= len(piece)
            yield piece

    def body(self, head: Head, to: str = "") -> Iterator[tuple[bytes, bytes]]:
        """The body after `head` in pieces: the raw bytes and the content in them. A response `to` a request without a length
        ends with the connection."""
        if to and (to == "HEAD" or head.status < 200 or head.status in (204, 304)):
            return
        if "chunked" in head.get("transfer-encoding"):
            size = -1
            while size:
                line = self.until(b"\r\n")
                if not line:
                    raise Gone
                yield line, b""
                size = int(line.split(b";")[0], 16)
                for piece in self.exactly(size):
                    yield piece, piece
                yield self.until(b"\r\n"), b""
        elif head.get("content-length"):
            for piece in self.exactly(int(head.get("content-length"))):
                yield piece, piece
        elif to:
            while piece := self.some():
                yield piece, piece


class Streams:
    """Separates the output and the errors of a container, which are multiplexed: the header of a frame has eight bytes, of which
    the first is the stream and the last four are the length."""

    def __init__(self) -> None:
        self.rest = b""
        self.text = {1: bytearray(), 2: bytearray()}

    def take(self, piece: bytes) -> None:
        self.rest += piece
        while len(self.rest) >= 8:
            size = int.from_bytes(self.rest[4:8], "big")
            if len(self.rest) < 8 + size:
                return
            self.text.setdefault(self.rest[0], bytearray()).extend(self.rest[8 : 8 + size])
            self.rest = self.rest[8 + size :]


def connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock
