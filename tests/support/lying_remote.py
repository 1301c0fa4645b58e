"""Stands before a registry on the loopback interface, and does to its answers what LIE says.

    lying_remote.py PORT_OF_THE_REGISTRY LIE

Prints "listening on PORT", and a line "asked: METHOD PATH" for each request. WHAT is `manifests` or
`blobs`, of blobs only those that are read with GET and are no records unless it says `records`:

    status=CODE:WHAT     that answer, with nothing of its own
    late:WHAT            answers as it should, after two seconds
    hang:WHAT            takes the request, and never answers
    stall:WHAT           sends half of the body, and then nothing
    trickle:WHAT         a byte of the body every fifth of a second
    truncate:WHAT        closes the connection after half of the body
    flip:WHAT            another bit in the middle of the body
    empty:WHAT           an empty body
    unsigned:manifests   without the signature
    other:manifests      the manifest that was asked for first, whatever is asked
    endless:WHAT         a body of 200 MB
    token:manifests      no lie: wants a token for all, which /token gives to whoever has the password
                         "baker:secret" and names the service and the scope that it was told
    close:uploads        closes the connection where something is written
    nonsense:WHAT        HTML where JSON should be
"""
import http.client
import http.server
import json
import sys
import threading
import time
import urllib.parse

UPSTREAM, LIE = int(sys.argv[1]), sys.argv[2]
HOW, _, WHAT = LIE.partition(":")
FIRST = {}
SCOPE = "repository:team/baker:pull,push"


def is_record(body):
    return body[:1] == b"{"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_any(self):
        print("asked:", self.command, self.path, flush=True)
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if HOW == "token" and not self.has_token():
            return None
        if LIE == "close:uploads" and self.command == "PUT":
            self.close_connection = True
            return None
        status, headers, body = self.ask_upstream(sent)
        kind = "manifests" if "/manifests/" in self.path else "blobs" if "/blobs/sha256" in self.path else ""
        if kind == "blobs" and is_record(body):
            kind = "records"
        lies = kind == WHAT and self.command == "GET" and status < 300
        if lies and HOW.startswith("status="):
            return self.answer(int(HOW.removeprefix("status=")), {}, b"")
        if lies and HOW == "late":
            time.sleep(2)
        if lies and HOW == "hang":
            return time.sleep(3600)
        if lies and HOW in ("stall", "truncate"):
            return self.break_off(status, headers, body)
        if lies and HOW == "trickle":
            return self.trickle(status, headers, body)
        if lies:
            body = self.changed(body)
        self.answer(status, headers, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_any

    def has_token(self):
        """Else it was answered."""
        path, _, query = self.path.partition("?")
        if path == "/token":
            asked = urllib.parse.parse_qs(query)
            right = (asked.get("service") == ["a test & more"] and asked.get("scope") == [SCOPE] and
                     self.headers.get("Authorization") == "Basic YmFrZXI6c2VjcmV0")
            self.answer(200 if right else 401, {}, b'{"token": "of-a-test"}' if right else b"{}")
            return False
        if self.headers.get("Authorization") == "Bearer of-a-test" or path == "/v2/":
            return True
        realm = f"http://127.0.0.1:{self.server.server_port}/token"
        self.answer(401, {"WWW-Authenticate": f'Bearer realm="{realm}",service="a test & more",scope="{SCOPE}"'}, b"{}")
        return False

    def ask_upstream(self, sent):
        upstream = http.client.HTTPConnection("127.0.0.1", UPSTREAM)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        upstream.request(self.command, self.path, sent or None, headers)
        answer = upstream.getresponse()
        kept = {name: value for name, value in answer.getheaders()
                if name.lower() not in ("content-length", "connection", "date", "transfer-encoding")}
        if self.command == "HEAD":
            kept["Content-Length"] = answer.getheader("Content-Length", "0")
        return answer.status, kept, answer.read()

    def changed(self, body):
        if HOW == "flip":
            middle = len(body) // 2
            return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:]
        if HOW == "empty":
            return b""
        if HOW == "endless":
            return b"x" * 200_000_000
        if HOW == "nonsense":
            return b"<html>it works</html>"
        if HOW == "unsigned":
            manifest = json.loads(body)
            manifest.pop("annotations")
            return json.dumps(manifest).encode()
        if HOW == "other":
            return FIRST.setdefault("body", body)
        return body

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()

    def trickle(self, status, headers, body):
        self.begin(status, headers, body)
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(0.2)

    def break_off(self, status, headers, body):
        self.begin(status, headers, body)
        self.wfile.write(body[:len(body) // 2])
        self.wfile.flush()
        if HOW == "stall":
            time.sleep(3600)
        self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever).start()
print("listening on", server.server_port, flush=True)
