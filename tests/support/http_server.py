"""A local HTTP server that serves a folder, and misbehaves where the URL asks for it.

    http_server.py FOLDER

Listens on a free port of the loopback interface, prints the port on stdout, and writes one line for
each request to stderr: "GET /path?query bytes=500-" ("-" where no range was asked for). It serves
until it is ended by a signal. Ranges are served as a good server does.

Switches in the query of a URL; counts are kept per URL, query and all:

    status=503&times=2       answers with this status the first two times (without times: always)
    redirect=/other          answers 302 with this location
    no-range                 ignores ranges: always 200 and the whole file
    break=500                the first answer ends after 500 bytes of its body
    truncate=500             no answer goes beyond byte 500 of the file, whatever its Content-Length
    rate=1000                sends this many bytes a second
    pause=500&until=NAME     stops after 500 bytes of the body until FOLDER/NAME exists

A first part of the path that begins with @ holds switches for whoever puts a URL together from its
beginning: /@status=500/dists/x is /dists/x?status=500.
"""
import collections
import http.server
import os
import sys
import threading
import time
import urllib.parse

CHUNK = 64 * 1024


class Misbehaviour:
    """What the query of one request asks for."""

    def __init__(self, query, earlier_requests):
        values = urllib.parse.parse_qs(query, keep_blank_values=True)
        self.values = {name: given[-1] for name, given in values.items()}
        self.earlier_requests = earlier_requests

    def number(self, name):
        return int(self.values[name]) if name in self.values else None

    def status(self):
        times = self.number("times")
        over = times is not None and self.earlier_requests >= times
        return None if over else self.number("status")

    def break_after(self):
        return self.number("break") if self.earlier_requests == 0 else None


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counts = collections.Counter()
    counts_lock = threading.Lock()

    def do_GET(self):
        if self.path.startswith("/@"):
            switches, _, path = self.path.removeprefix("/@").partition("/")
            self.path = f"/{path}?{switches}"
        with self.counts_lock:
            earlier_requests = self.counts[self.path]
            self.counts[self.path] += 1
            print(self.command, self.path, self.headers.get("Range", "-"),
                  file=sys.stderr, flush=True)
        asked = Misbehaviour(urllib.parse.urlsplit(self.path).query, earlier_requests)
        if asked.status():
            return self.answer_without_body(asked.status())
        if "redirect" in asked.values:
            return self.answer_without_body(302, {"Location": asked.values["redirect"]})
        try:
            with open(self.translate_path(self.path), "rb") as file:
                return self.serve(file, asked)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return self.answer_without_body(404)

    do_HEAD = do_GET

    def log_message(self, *unused):
        pass

    def answer_without_body(self, status, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve(self, file, asked):
        size = os.fstat(file.fileno()).st_size
        first, end = self.asked_range(size, asked)
        if first is None:
            self.send_response(200)
        elif first >= size:
            return self.answer_without_body(416, {"Content-Range": f"bytes */{size}"})
        else:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        file.seek(first or 0)
        length = end - (first or 0)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "GET":
            self.send_body(file, length, asked)

    def asked_range(self, size, asked):
        """(None, size) for the whole file."""
        header = self.headers.get("Range", "")
        if "no-range" in asked.values or not header.startswith("bytes="):
            return None, size
        first, _, last = header.removeprefix("bytes=").partition("-")
        return int(first), min(int(last) + 1, size) if last else size

    def send_body(self, file, length, asked):
        start = file.tell()
        limits = [length]
        if asked.break_after() is not None:
            limits.append(asked.break_after())
        if asked.number("truncate") is not None:
            limits.append(max(0, asked.number("truncate") - start))
        to_send = min(limits)
        if asked.number("pause") is not None:
            before = min(to_send, asked.number("pause"))
            self.copy(file, before, asked.number("rate"))
            self.wait_until_there_is(asked.values["until"])
            to_send -= before
        self.copy(file, to_send, asked.number("rate"))
        self.close_connection = min(limits) < length

    def copy(self, file, length, rate):
        chunk = CHUNK if rate is None else max(1, min(CHUNK, rate // 20))
        while length > 0:
            part = file.read(min(chunk, length))
            if not part:
                return
            self.wfile.write(part)
            length -= len(part)
            if rate is not None:
                time.sleep(len(part) / rate)

    def wait_until_there_is(self, name):
        while not os.path.exists(os.path.join(self.directory, name)):
            time.sleep(0.01)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *unused):
        """A client that goes away is nothing to talk about."""


def main(folder):
    server = Server(("127.0.0.1", 0), lambda *given: Handler(*given, directory=folder))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
