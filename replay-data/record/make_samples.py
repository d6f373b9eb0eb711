#!/usr/bin/env python3
"""Makes replay-data/samples anew: generates the story, lets the real server and the real SDK write their parts.

    python3 replay-data/record/make_samples.py [--seed 7]

CloudTrail, inventory and spans come out the same for the same seed. The Vault audit log does not: its ids and hashes
are those of a server that was born for this recording. The golden findings must be made again afterwards.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent
SAMPLES = DATA / "samples"
LABELS = DATA / "golden" / "samples.labels.ndjson"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", default="7")
    seed = parser.parse_args().seed
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        story = ["cargo", "run", "--quiet", "-p", "ambit-scenario", "--", "story", "--seed", seed, "--out", folder]
        vault = ["--plan", made / "vault-plan.ndjson", "--labels", made / "labels.ndjson", "--out", made / "logs/vault"]
        spans = ["--plan", made / "spans-plan.ndjson", "--out", made / "logs/otel"]
        for command in (
            story,
            [sys.executable, here / "record_vault.py", *vault],
            [sys.executable, here / "record_spans.py", *spans],
        ):
            subprocess.run([str(part) for part in command], check=True, cwd=DATA.parent)
        for name in ("cloudtrail", "vault", "otel"):
            shutil.rmtree(SAMPLES / name, ignore_errors=True)
            shutil.copytree(made / "logs" / name, SAMPLES / name)
        shutil.copyfile(made / "workloads.yaml", SAMPLES / "workloads.yaml")
        LABELS.parent.mkdir(exist_ok=True)
        shutil.copyfile(made / "labels.ndjson", LABELS)


if __name__ == "__main__":
    main()
