"""Agents that call the tools of an MCP server: `mcp_client.py ADDRESS TOKEN FILE SERVER`.

An orchestrator has the retriever search, in a conversation; then an archivist fails to write, in no conversation but in a
session of MCP. Prints the id of the retriever's trace and that of the archivist's session, as the server named it.
"""

import asyncio
import json
import sys
from contextlib import contextmanager

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp_telemetry import tell
from opentelemetry import baggage, context, trace
from spans import SECRET

TRACER = trace.get_tracer("ambit.tests")


@contextmanager
def agent(name, **more):
    """A span of an agent, whose name everything below it bears, in this process and in the server's."""
    inside = context.get_current()
    for key, value in {"gen_ai.agent.name": name, **more}.items():
        inside = baggage.set_baggage(key, value, inside)
    before = context.attach(inside)
    attributes = {"gen_ai.operation.name": "invoke_agent"}
    with TRACER.start_as_current_span(f"invoke_agent {name}", attributes=attributes) as span:
        yield span
    context.detach(before)


async def call(client, tool, **arguments):
    """Calls a tool as frameworks of agents do: with a span of their own around it, arguments and result in it."""
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.call.arguments": json.dumps(arguments),
        "server.address": "docs.example",
    }
    with TRACER.start_as_current_span(f"execute_tool {tool}", attributes=attributes) as span:
        result = await client.call_tool(tool, arguments)
        span.set_attribute("gen_ai.tool.call.result", result.content[0].text)
        if result.is_error:
            span.set_attribute("error.type", "tool_error")
        assert SECRET in result.content[0].text
        return result


async def converse(url):
    with agent("orchestrator", **{"gen_ai.conversation.id": "conv-7"}) as span:
        with agent("rag-retriever"):
            async with Client(url) as client:
                assert not (await call(client, "search", query=SECRET)).is_error
    return f"{span.get_span_context().trace_id:032x}"


async def write(url):
    sessions = []

    async def look(response):
        sessions.extend(response.headers.get_list("mcp-session-id"))

    with agent("archivist"):
        async with create_mcp_http_client() as http:
            http.event_hooks = {"response": [look]}
            # The way before 2026-07-28, with sessions.
            async with Client(streamable_http_client(url, http_client=http), mode="legacy") as client:
                assert (await call(client, "write_file", path="/etc/passwd", text=SECRET)).is_error
    return sessions[0]


async def main():
    telemetry = tell("agents", *sys.argv[1:4])
    url = f"http://{sys.argv[4]}/mcp"
    print(await converse(url), await write(url))
    telemetry.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
