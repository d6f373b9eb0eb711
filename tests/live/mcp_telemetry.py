"""How the MCP client and the MCP server of the tests tell what they do: the SDK's own spans, by OTLP to a daemon."""

import json

from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.processor.baggage import BaggageSpanProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from spans import as_hex


class Recorded(SpanExporter):
    """An exporter whose exports are also written to a file, as lines of OTLP JSON; a failure ends the program."""

    def __init__(self, exporter, path):
        self.exporter = exporter
        self.file = open(path, "a")

    def export(self, spans):
        result = self.exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            raise SystemExit("the daemon did not take an export")
        request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
        print(json.dumps(as_hex(request)), file=self.file, flush=True)
        return result

    def shutdown(self):
        self.exporter.shutdown()


def tell(service, address, token, path):
    """Sends every span of this program to the daemon; `flush` and `shutdown` of what comes back send what waits."""
    headers = {"authorization": f"Bearer {token}"}
    exporter = Recorded(OTLPSpanExporter(endpoint=f"http://{address}/v1/traces", headers=headers), path)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    # Who called and in which conversation travels as baggage, in `params._meta` beside `traceparent`.
    provider.add_span_processor(BaggageSpanProcessor(lambda key: key.startswith("gen_ai.")))
    # An export holds a whole trace: the spans are sent when the program says so.
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=3_600_000))
    trace.set_tracer_provider(provider)
    return provider
