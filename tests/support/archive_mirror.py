"""A mirror of a distribution's archive on the loopback interface: it passes on what the archive itself answers.

    archive_mirror.py MAIN SECURITY [--tls CERTIFICATE_AND_KEY] [--password USER:PASSWORD]
                      [--proxy-password USER:PASSWORD] [--lacks REGEX] [--breaks-off REGEX]
                      [--signs-with GNUPGHOME]

MAIN and SECURITY are the addresses of the two archives. They are below /far/main/ and /far/security/ here; as a
proxy this server gives them for http://ANY-HOST/main/ and /security/. Prints its port on stdout, and a line for each
request on stderr: "GET /far/main/dists/x/InRelease -". Without the right password it answers 401, or 407. It has
no file whose path has the first regular expression in it, and ends the connection in the middle of one that has the
second. With --signs-with its releases are signed with the key of that folder instead of the archive's own.
"""
import argparse
import base64
import http.client
import http.server
import re
import ssl
import subprocess
import sys
import urllib.parse

CHUNK = 64 * 1024
PATH = re.compile(r"(?:http://[^/]+)?(?:/far)?/(main|security)/(.*)")
PASSED_ON = ("If-Modified-Since", "Range", "If-Range")
PASSED_BACK = ("Content-Length", "Content-Range", "Content-Type", "Last-Modified", "Accept-Ranges")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archives = {}
    password = None
    proxy_password = None
    lacks = None
    breaks_off = None
    gnupg_home = None

    def do_GET(self):
        print(self.command, self.path, self.headers.get("Range", "-"), file=sys.stderr, flush=True)
        asked = PATH.fullmatch(self.path)
        if self.password and self.headers.get("Authorization") != self.password:
            return self.answer_without_body(401)
        if self.proxy_password and self.headers.get("Proxy-Authorization") != self.proxy_password:
            return self.answer_without_body(407)
        if not asked or self.lacks and self.lacks.search(asked[2]):
            return self.answer_without_body(404)
        url = self.archives[asked[1]].rstrip("/") + "/" + asked[2]
        if self.gnupg_home and asked[2].endswith(("/InRelease", "/Release.gpg")):
            return self.answer_signed(url) if asked[2].endswith("/InRelease") else self.answer_without_body(404)
        self.pass_on(url, breaks_off=self.breaks_off and self.breaks_off.search(asked[2]))

    do_HEAD = do_GET

    def log_message(self, *unused):
        pass

    def answer_without_body(self, status):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="archive"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_signed(self, url):
        parts = urllib.parse.urlsplit(url)
        archive = http.client.HTTPConnection(parts.netloc, timeout=60)
        archive.request("GET", parts.path[:-len("InRelease")] + "Release")
        release = archive.getresponse().read()
        signed = subprocess.run(["gpg", "--homedir", self.gnupg_home, "--batch", "--clearsign"], input=release,
                                capture_output=True, check=True).stdout
        self.send_response(200)
        self.send_header("Content-Length", str(len(signed)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(signed)

    def pass_on(self, url, breaks_off):
        parts = urllib.parse.urlsplit(url)
        archive = http.client.HTTPConnection(parts.netloc, timeout=60)
        archive.request(self.command, parts.path,
                        headers={name: self.headers[name] for name in PASSED_ON if name in self.headers})
        answer = archive.getresponse()
        self.send_response(answer.status)
        for name in PASSED_BACK:
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        if not answer.headers["Content-Length"]:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if breaks_off and self.command == "GET":
            self.wfile.write(answer.read(int(answer.headers["Content-Length"]) // 2))
            self.close_connection = True
        else:
            while part := answer.read(CHUNK):
                self.wfile.write(part)
        archive.close()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *unused):
        """A client that goes away is nothing to talk about."""


def basic(user_and_password):
    """As a client sends it."""
    return user_and_password and "Basic " + base64.b64encode(user_and_password.encode()).decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("main")
    parser.add_argument("security")
    parser.add_argument("--tls")
    parser.add_argument("--password")
    parser.add_argument("--proxy-password")
    parser.add_argument("--lacks", type=re.compile)
    parser.add_argument("--breaks-off", type=re.compile)
    parser.add_argument("--signs-with")
    given = parser.parse_args()
    Handler.archives = {"main": given.main, "security": given.security}
    Handler.lacks = given.lacks
    Handler.breaks_off = given.breaks_off
    Handler.gnupg_home = given.signs_with
    Handler.password = basic(given.password)
    Handler.proxy_password = basic(given.proxy_password)
    server = Server(("127.0.0.1", 0), Handler)
    if given.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
