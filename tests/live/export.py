"""Sends an agent's work to a running daemon with the real OpenTelemetry SDK: `export.py http|grpc ADDRESS TOKEN`."""

import sys

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from spans import work


class Told(SpanExporter):
    """An exporter whose failures are not only logged."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.results = []

    def export(self, spans):
        self.results.append(self.exporter.export(spans))
        return self.results[-1]

    def shutdown(self):
        self.exporter.shutdown()


def exporter(way, address, token):
    headers = {"authorization": f"Bearer {token}"}
    if way == "http":
        return HttpExporter(endpoint=f"http://{address}/v1/traces", headers=headers, compression=Compression.Gzip)
    return GrpcExporter(endpoint=f"http://{address}", headers=tuple(headers.items()), insecure=True)


def main():
    told = Told(exporter(*sys.argv[1:4]))
    provider = TracerProvider(resource=Resource.create({"service.name": "rag-service"}))
    provider.add_span_processor(SimpleSpanProcessor(told))
    work(provider.get_tracer("ambit.tests"))
    provider.shutdown()
    print(" ".join(result.name for result in told.results))


if __name__ == "__main__":
    main()
