"""Prints OTLP JSON lines of an agent's work, made by the real OpenTelemetry SDK and its own exporter's encoder."""

import base64
import json

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

AGENT = {"gen_ai.agent.name": "rag-retriever", "gen_ai.agent.id": "asst_1", "gen_ai.conversation.id": "conv-1"}
SECRET = "planted-secret-value"


def work(tracer):
    with tracer.start_as_current_span("POST /ask", kind=SpanKind.SERVER):
        agent = {"gen_ai.operation.name": "invoke_agent", **AGENT}
        with tracer.start_as_current_span("invoke_agent", attributes=agent):
            chat = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "aws.bedrock",
                    "gen_ai.request.model": "anthropic.claude-sonnet-4", "gen_ai.input.messages": SECRET, **AGENT}
            with tracer.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes=chat):
                pass
            tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search",
                    "gen_ai.tool.call.arguments": SECRET, **AGENT}
            with tracer.start_as_current_span("execute_tool search", attributes=tool):
                pass
            failed = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "write_file",
                      "error.type": "PermissionError", **AGENT}
            with tracer.start_as_current_span("execute_tool write_file", attributes=failed) as span:
                span.set_status(Status(StatusCode.ERROR, SECRET))


def as_hex(value, key=None):
    """OTLP's JSON writes ids in hex, where protobuf's own mapping writes base64."""
    if isinstance(value, dict):
        return {name: as_hex(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [as_hex(item) for item in value]
    return base64.b64decode(value).hex() if key in ("traceId", "spanId", "parentSpanId") else value


def main():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "rag-service"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    work(provider.get_tracer("ambit.tests"))
    for span in exporter.get_finished_spans():
        request = MessageToDict(encode_spans([span]), use_integers_for_enums=True)
        print(json.dumps(as_hex(request)))


if __name__ == "__main__":
    main()
