"""A real MCP server with the tools `search` and `write_file`: `mcp_server.py ADDRESS TOKEN FILE`.

It prints its own address, serves until its standard input ends, and then sends its spans to the daemon.
"""

import asyncio
import socket
import sys

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_telemetry import tell
from opentelemetry import trace
from spans import SECRET


async def session(ctx, call_next):
    """The conventions' `mcp.session.id`, which the SDK leaves to its users."""
    headers = ctx.request.headers if ctx.request else {}
    if named := headers.get("mcp-session-id"):
        trace.get_current_span().set_attribute("mcp.session.id", named)
    return await call_next(ctx)


def server():
    made = MCPServer("docs", middleware=[session])

    @made.tool()
    def search(query: str) -> str:
        return f"{SECRET} was found by {query}"

    @made.tool()
    def write_file(path: str, text: str) -> str:
        raise ToolError(f"{path} is not yours to write {text} to")

    return made


async def main():
    telemetry = tell("docs-server", *sys.argv[1:4])
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(server().streamable_http_app(), log_level="warning")
    serving = uvicorn.Server(config)
    print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
    serve = asyncio.create_task(serving.serve(sockets=[listener]))
    await asyncio.to_thread(sys.stdin.read)
    serving.should_exit = True
    await serve
    telemetry.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
