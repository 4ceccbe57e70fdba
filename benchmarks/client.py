"""A browser or program that costs next to nothing, so that the machine's time goes to the servers."""

from __future__ import annotations

import re
import socket

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
_REQUESTS_OF_CONNECTION = 50
"""Then it connects anew, so that the server's processes share the clients evenly in the long run."""


class WrongAnswer(Exception):
    """The server answered something else than the benchmark measures."""


class Client:
    """Keep-alive connections to one server, with cookies and fixed headers."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self._port = port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._cookies: dict[str, str] = {}
        self._connection: socket.socket | None = None
        self._left = 0

    def get(self, path: str) -> bytes:
        """Give the body of a page that is there."""
        return self._expect(200, self._send("GET", path, b"", ""))[1]

    def post(self, path: str, body: bytes, content_type: str, expected: int = 200, more: str = "") -> tuple[str, bytes]:
        """Post and give (where it leads, body)."""
        head, answer = self._expect(expected, self._send("POST", path, body, f"Content-Type: {content_type}\r\n{more}"))
        found = _LOCATION.search(head)
        return (found[1].decode() if found else ""), answer

    def set_cookie(self, name: str, value: str) -> None:
        """Keep a cookie from now on."""
        self._cookies[name] = value

    @staticmethod
    def _expect(status: int, answer: tuple[int, bytes, bytes]) -> tuple[bytes, bytes]:
        got, head, body = answer
        if got != status:
            raise WrongAnswer(f"status {got} instead of {status}: {head[:300]!r} {body[:600]!r}")
        return head, body

    def _send(self, method: str, path: str, body: bytes, more: str) -> tuple[int, bytes, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{self._headers}{more}"
        if cookies:
            head += f"Cookie: {cookies}\r\n"
        if body or method == "POST":
            head += f"Content-Length: {len(body)}\r\n"
        connection = self._connected()
        connection.sendall(head.encode() + b"\r\n" + body)
        return self._receive(connection)

    def _connected(self) -> socket.socket:
        if self._connection is None or self._left == 0:
            if self._connection is not None:
                self._connection.close()
            self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._left = _REQUESTS_OF_CONNECTION
        self._left -= 1
        return self._connection

    def _receive(self, connection: socket.socket) -> tuple[int, bytes, bytes]:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more(connection)
        head, body = received[:end], received[end + 4 :]
        length = _LENGTH.search(head)
        if length is None:
            raise WrongAnswer(f"an answer without a length: {head[:300]!r}")
        parts, missing = [body], int(length[1]) - len(body)
        while missing > 0:
            parts.append(self._more(connection))
            missing -= len(parts[-1])
        for name, value in _COOKIE.findall(head):
            self._cookies[name.decode()] = value.decode()
        if b"\r\nConnection: close" in head:
            self._left = 0
        return int(head[9:12]), head, b"".join(parts)

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        received = connection.recv(262_144)
        if not received:
            raise WrongAnswer("the server closed the connection in the middle of an answer")
        return received
