#!/usr/bin/env python3
"""Lets the real OpenTelemetry SDK write a plan of spans as OTLP JSON lines.

The SDK makes the spans, its exporter's own encoder makes the requests. Ids and times come from the plan, so that the
same plan gives the same bytes. A line is one export of one process: what ended there within five seconds.
"""

import environment

environment.enter()

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import zstandard
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT, "server": SpanKind.SERVER}
BATCH_NANOS = 5 * 10**9
BATCH_SPANS = 512


def nanos(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 time in UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000


class PlannedIds(IdGenerator):
    """Gives the ids of the span that is about to start."""

    def __init__(self):
        self.trace = self.span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class Process(SpanProcessor):
    """One process with its resource: collects what ends and exports it as a batch processor would."""

    def __init__(self, resource: dict, ids: PlannedIds, lines: list):
        self.lines = lines
        self.batch: list[ReadableSpan] = []
        self.provider = TracerProvider(resource=Resource.create(resource), id_generator=ids, shutdown_on_exit=False)
        self.provider.add_span_processor(self)

    def on_end(self, span: ReadableSpan) -> None:
        full = len(self.batch) == BATCH_SPANS
        if self.batch and (full or span.end_time - self.batch[0].end_time > BATCH_NANOS):
            self.flush()
        self.batch.append(span)

    def flush(self) -> None:
        if self.batch:
            self.lines.append((self.batch[-1].end_time, otlp_json(self.batch)))
            self.batch = []


def otlp_json(spans: Sequence[ReadableSpan]) -> str:
    """The request in OTLP's JSON form: as protobuf's, but ids are hexadecimal and enums are numbers."""
    request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64decode(span[name]).hex()
    return json.dumps(request, separators=(",", ":"), ensure_ascii=False)


def write_span(item: dict, process: Process, ids: PlannedIds) -> None:
    ids.trace, ids.span = int(item["trace"], 16), int(item["span"], 16)
    context = None
    if "parent" in item:
        parent = SpanContext(ids.trace, int(item["parent"], 16), False, TraceFlags(TraceFlags.SAMPLED))
        context = set_span_in_context(NonRecordingSpan(parent))
    tracer = process.provider.get_tracer(item["scope"], "1.4.0")
    span = tracer.start_span(
        item["name"],
        context=context,
        kind=KINDS[item["kind"]],
        attributes=item["attributes"],
        start_time=nanos(item["start"]),
    )
    if "error" in item:
        span.set_status(Status(StatusCode.ERROR, item["error"]))
    span.end(end_time=nanos(item["end"]))


def write_weeks(lines: list[tuple[int, str]], out: Path) -> list[Path]:
    """One file a week."""
    weeks: dict[str, list[str]] = {}
    for at, line in sorted(lines):
        day = datetime.fromtimestamp(at // 10**9, timezone.utc).date()
        monday = day - timedelta(days=day.weekday())
        weeks.setdefault(monday.isoformat(), []).append(line)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for monday, week in weeks.items():
        path = out / f"traces-{monday}.jsonl.zst"
        content = ("\n".join(week) + "\n").encode()
        path.write_bytes(zstandard.ZstdCompressor(level=19).compress(content))
        paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, required=True, help="spans-plan.ndjson of ambit-scenario")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the OTLP JSON lines")
    arguments = parser.parse_args()
    ids, lines, processes, spans = PlannedIds(), [], {}, 0
    for line in arguments.plan.read_text().splitlines():
        item = json.loads(line)
        if "resource" in item:
            processes[item["resource"]] = Process(item["attributes"], ids, lines)
        else:
            write_span(item, processes[item["from"]], ids)
            spans += 1
    for process in processes.values():
        process.flush()
    paths = write_weeks(lines, arguments.out)
    size = sum(path.stat().st_size for path in paths)
    print(f"{spans} spans in {len(lines)} lines, {len(paths)} files, {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
