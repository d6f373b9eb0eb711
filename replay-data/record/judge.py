#!/usr/bin/env python3
"""Compares findings with the truth beside the samples: what was missed, what was found, what nobody put in.

    ambit replay replay-data/samples --inventory replay-data/samples/workloads.yaml --findings findings.ndjson
    python3 replay-data/record/judge.py findings.ndjson

Ends with 1 if a label that must raise something raised nothing.
"""

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

LABELS = Path(__file__).resolve().parent.parent / "golden" / "samples.labels.ndjson"


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def last_lines(path: Path) -> list[dict]:
    """The last line of a uid is the finding."""
    findings = {}
    for line in path.read_text().splitlines():
        finding = json.loads(line)
        findings[finding["finding_info"]["uid"]] = finding
    return list(findings.values())


def check_of(finding: dict) -> str:
    return finding["finding_info"]["analytic"]["uid"]


def belongs(finding: dict, label: dict, checks: list[str]) -> bool:
    """Same check, same workload, and the times touch."""
    return (
        check_of(finding) in checks
        and finding["resources"][0]["name"] == label["workload"]
        and finding.get("start_time", finding["time"]) / 1000 <= moment(label["to"]) + 1
        and finding["time"] / 1000 >= moment(label["from"]) - 1
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("findings", type=Path)
    parser.add_argument("--labels", type=Path, default=LABELS)
    arguments = parser.parse_args()
    findings = last_lines(arguments.findings)
    labels = [json.loads(line) for line in arguments.labels.read_text().splitlines()]
    wanted = [(label, check) for label in labels for check in label["raises"]]
    missed = [(label, check) for label, check in wanted if not any(belongs(f, label, [check]) for f in findings)]
    for label, check in missed:
        print(f"missed      {check}  {label['from'][:16]}  {label['workload']}: {label['what']}")
    for finding in sorted(findings, key=lambda finding: finding["time"]):
        known = any(belongs(finding, label, label["raises"] + label["may_raise"]) for label in labels)
        if not known:
            when = datetime.fromtimestamp(finding["time"] / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M")
            print(f"not put in  {check_of(finding)}  {when}  {finding['finding_info']['desc']}")
    print(f"{len(wanted) - len(missed)} of {len(wanted)} found, {len(findings)} findings in all")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
