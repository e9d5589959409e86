"""A local server with the Hub's interface, and with its moods: what huggingface_hub talks to.

`/api/models/ID/revision/REV`, `/ID/resolve/REV/FILE` with ETag, ranges and the redirect of large
files to another origin, 401, 404, 429; creating a repository, LFS upload and commit.
"""

import base64
import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import numpy as np
from huggingface_hub import close_session, constants
from safetensors.numpy import save

from lcapp.hub.transport import remote

LARGE = (".safetensors", ".bin")
RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
SMALL = re.compile(r"/api/resolve-cache/models/([^/]+/[^/]+)/([^/]+)/(.+)")
INFO = re.compile(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)")
PREUPLOAD = re.compile(r"/api/models/([^/]+/[^/]+)/preupload/([^/]+)")
COMMIT = re.compile(r"/api/models/([^/]+/[^/]+)/commit/([^/]+)")


@dataclass
class Repo:
    """Commits in order; `refs` names some of them."""

    commits: dict = field(default_factory=dict)
    refs: dict = field(default_factory=dict)
    private: bool = False
    gated: bool = False
    licence: str | None = None

    def commit(self, files, ref="main"):
        oid = hashlib.sha1(json.dumps(sorted(map(str, files.items()))).encode()).hexdigest()
        self.commits[oid] = dict(files)
        self.refs[ref] = oid
        return oid

    def at(self, revision):
        oid = self.refs.get(revision, revision)
        return oid, self.commits.get(oid)


class Hub:
    """The server; attributes are its moods, `log` what was asked of it.

    Attributes:
        cuts: Bytes after which the next answers with a large file break off, one each.
        silence: A cut is not an end: the server falls silent first, until this is set; or None.
        rate_limit: Seconds to wait that a 429 to every request asks for, or None.
        limited: The next so many answers with a large file are a 429 instead.
        down: The status that every request gets, or 0.
        pause: Seconds between pieces of 16 KiB.
        ranges: False: ranges are ignored.
        damage: Large files arrive with one bit turned.
        refuse_uploads: Large files do not get in.
        lies: Answers in place of the true ones: `info`, `resolve`, `small` or `large` to what is
            called with the handler.
    """

    token = "hf_right"

    def __init__(self):
        self.repos, self.log, self.uploads = {}, [], {}
        self.cuts, self.rate_limit, self.limited = [], None, 0
        self.pause, self.ranges, self.damage, self.down, self.silence = 0.0, True, False, 0, None
        self.refuse_uploads, self.lies = False, {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.cdn = f"http://localhost:{self.port}/cdn"  # another origin
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        if self.silence is not None:
            self.silence.set()
        self._server.shutdown()
        self._server.server_close()
        close_session()  # connections kept alive would still be served

    def add(self, repo_id, files, ref="main", **options):
        repo = self.repos.setdefault(repo_id, Repo(**options))
        return repo.commit(files, ref)

    def content(self):
        """Requests for the content of large files: (range asked for, bytes sent)."""
        return [(one["range"], one["sent"]) for one in self.log if one["path"].startswith("/cdn/")]

    def _handler(hub):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one_request(self):
                self.entry = None
                super().handle_one_request()

            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), str(value))
                if "Content_Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def json(self, value, status=200):
                self.answer(status, json.dumps(value).encode(), Content_Type="application/json")

            def begin(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                self.entry = {
                    "method": self.command,
                    "path": urlsplit(self.path).path,
                    "range": self.headers.get("Range"),
                    "authorization": self.headers.get("Authorization"),
                    "sent": 0,
                }
                hub.log.append(self.entry)
                self.path = unquote(self.entry["path"])
                self.signed_in = self.headers.get("Authorization") == f"Bearer {hub.token}"

            def refused(self, repo_id, revision):
                """Answer with the refusal that the Hub has for this, if any."""
                repo = hub.repos.get(repo_id)
                if hub.down:
                    self.answer(hub.down)
                elif self.headers.get("Authorization") and not self.signed_in:
                    self.answer(401, X_Error_Message="Invalid credentials in Authorization header")
                elif hub.rate_limit is not None:
                    self.answer(429, Retry_After=hub.rate_limit)
                elif repo is None or (repo.private and not self.signed_in):
                    status = 404 if self.signed_in else 401
                    code = {"X_Error_Code": "RepoNotFound"} if status == 404 else {}
                    self.answer(status, **code)
                elif repo.at(revision)[1] is None:
                    self.answer(404, X_Error_Code="RevisionNotFound")
                else:
                    return repo
                return None

            def do_HEAD(self):
                self.do_GET()

            def do_GET(self):
                self.begin()
                kinds = (("info", INFO), ("resolve", RESOLVE), ("small", SMALL))
                kind = next((name for name, one in kinds if one.fullmatch(self.path)), "large")
                if kind in hub.lies:
                    hub.lies[kind](self)
                elif found := INFO.fullmatch(self.path):
                    self.info(*found.groups())
                elif found := RESOLVE.fullmatch(self.path):
                    self.resolve(*found.groups())
                elif found := SMALL.fullmatch(self.path):
                    self.small(*found.groups())
                elif self.path.startswith("/cdn/"):
                    self.large(self.path.removeprefix("/cdn/"))
                else:
                    self.answer(404)

            def info(self, repo_id, revision):
                if (repo := self.refused(repo_id, revision)) is None:
                    return
                oid, files = repo.at(revision)
                siblings = []
                for name, content in files.items():
                    one = {"rfilename": name, "size": len(content), "blobId": git_oid(content)}
                    if name.endswith(LARGE):
                        sha = hashlib.sha256(content).hexdigest()
                        one["lfs"] = {"sha256": sha, "size": len(content), "pointerSize": 134}
                    siblings.append(one)
                card = {"license": repo.licence} if repo.licence else {}
                self.json(
                    {"id": repo_id, "modelId": repo_id, "sha": oid, "private": repo.private,
                     "gated": "manual" if repo.gated else False, "siblings": siblings,
                     "cardData": card, "tags": [], "downloads": 0, "likes": 0}
                )  # fmt: skip

            def resolve(self, repo_id, revision, name):
                if (repo := self.refused(repo_id, revision)) is None:
                    return
                oid, files = repo.at(revision)
                if repo.gated and not self.signed_in:
                    self.answer(401, X_Error_Code="GatedRepo")
                elif name not in files:
                    self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=oid)
                elif name.endswith(LARGE):
                    sha = hashlib.sha256(files[name]).hexdigest()
                    self.answer(
                        302, X_Repo_Commit=oid, X_Linked_Etag=f'"{sha}"',
                        X_Linked_Size=len(files[name]), Location=f"{hub.cdn}/{sha}",
                    )  # fmt: skip
                else:  # small files come by a redirect within the Hub
                    self.answer(307, Location=f"/api/resolve-cache/models/{repo_id}/{oid}/{name}")

            def small(self, repo_id, oid, name):
                content = hub.repos[repo_id].commits[oid][name]
                self.answer(200, content, X_Repo_Commit=oid, ETag=f'"{git_oid(content)}"')

            def large(self, sha):
                if hub.limited and self.entry["range"] != "bytes=0-100000":
                    hub.limited -= 1
                    self.answer(429, Retry_After=0)
                    return
                content = next(
                    one
                    for repo in hub.repos.values()
                    for files in repo.commits.values()
                    for one in files.values()
                    if hashlib.sha256(one).hexdigest() == sha
                )
                if hub.damage:
                    content = content[:-1] + bytes([content[-1] ^ 1])
                asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.entry["range"] or "")
                if asked and hub.ranges:
                    start, end = int(asked[1]), int(asked[2] or len(content) - 1) + 1
                    if start >= len(content):
                        self.answer(416, Content_Range=f"bytes */{len(content)}")
                        return
                    total = len(content)
                    content = content[start:end]
                    self.send_response(206)
                    last = start + len(content) - 1
                    self.send_header("Content-Range", f"bytes {start}-{last}/{total}")
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                header_only = asked and asked[2]
                cut = hub.cuts.pop(0) if hub.cuts and not header_only else None
                for start in range(0, len(content), 1 << 14):
                    piece = content[start : start + (1 << 14)]
                    if cut is not None and start + len(piece) > cut:
                        piece = piece[: cut - start]
                    try:
                        self.wfile.write(piece)
                        self.wfile.flush()
                    except OSError:  # the reader has gone
                        self.close_connection = True
                        return
                    self.entry["sent"] += len(piece)
                    if cut is not None and self.entry["sent"] >= cut:
                        if hub.silence is not None:
                            hub.silence.wait(60)
                        self.close_connection = True
                        return
                    if not header_only:
                        time.sleep(hub.pause)

            def do_POST(self):
                self.begin()
                if not self.signed_in:
                    self.answer(401)
                    return
                value = json.loads(self.body) if self.headers["Content-Type"] == JSON else None
                if self.path == "/api/repos/create":
                    repo_id = f"{value.get('organization') or 'user'}/{value['name']}"
                    if repo_id.split("/")[0] not in ("user", "team"):
                        self.answer(403)
                    elif repo_id in hub.repos:
                        self.json({"error": "exists", "url": f"{hub.url}/{repo_id}"}, 409)
                    else:
                        repo = hub.repos.setdefault(
                            repo_id, Repo(private=value["visibility"] == "private")
                        )
                        repo.commit({})
                        self.json({"url": f"{hub.url}/{repo_id}", "id": repo_id})
                elif self.path == "/api/validate-yaml":
                    self.json({"errors": [], "warnings": []})
                elif PREUPLOAD.fullmatch(self.path):
                    self.json({"files": [
                        {"path": one["path"], "shouldIgnore": False,
                         "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular"}
                        for one in value["files"]
                    ]})  # fmt: skip
                elif self.path.endswith(".git/info/lfs/objects/batch"):
                    asked = json.loads(self.body)
                    self.json({"transfer": "basic", "objects": [
                        {**one, "authenticated": True,
                         "actions": {"upload": {"href": f"{hub.url}/upload/{one['oid']}"}}}
                        for one in asked["objects"]
                    ]})  # fmt: skip
                elif found := COMMIT.fullmatch(self.path):
                    self.take_commit(*found.groups())
                else:
                    self.answer(404)

            def take_commit(self, repo_id, ref):
                repo = hub.repos[repo_id]
                files = dict(repo.at(ref)[1] or {})
                for line in self.body.splitlines():
                    item = json.loads(line)
                    value = item["value"]
                    if item["key"] == "file":
                        files[value["path"]] = base64.b64decode(value["content"])
                    elif item["key"] == "lfsFile":
                        files[value["path"]] = hub.uploads[value["oid"]]
                oid = repo.commit(files, ref)
                url = f"{hub.url}/{repo_id}/commit/{oid}"
                self.json({"success": True, "commitOid": oid, "commitUrl": url})

            def do_PUT(self):
                self.begin()
                if hub.refuse_uploads:
                    self.answer(400)
                    return
                hub.uploads[self.path.rsplit("/", 1)[1]] = self.body
                self.answer(200)

        return Handler


JSON = "application/json"


def git_oid(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def served(monkeypatch, home):
    """A server that this process's huggingface_hub talks to, with an empty cache and no token."""
    hub = Hub()
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    settings = {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": False,
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    close_session()
    yield hub
    hub.close()


def fetch(repo_id, revision="main", **options):
    """Of the Hub; weights without a description are of use where they begin like IGN's."""
    usable = lambda names: any(name.startswith("model.encoders.") for name in names)  # noqa: E731
    return remote.fetch(repo_id, revision, usable=usable, **options)


def flairhub_file(megabytes=1.0, seed=0):
    """The bytes of a safetensors file that is named and begins like IGN's."""
    draw = np.random.default_rng(seed)
    count = int(megabytes * 1e6 / 4)
    name = "model.encoders.AERIAL_RGBI.seg_model.model.patch_embed.proj.weight"
    return save({name: draw.standard_normal(count, dtype="float32")})
