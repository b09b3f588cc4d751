# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A bad line between a TCP client and a server.

    with TcpRelay(server.port, delay_s=0.3) as line:
        fetch(f"http://127.0.0.1:{line.port}/basic.txt")
"""

import asyncio
import contextlib

from loop_server import HOST, LoopServer, hang_up


class TcpRelay(LoopServer):
    """Everything takes `delay_s` each way. What the server says passes in pieces of `piece` bytes
    with `gap_s` between them. When `cuts[n]` bytes of it have passed on the n-th connection, that
    ends as hang_up() says, or for `silent` stays without a sound; the last of `cuts` counts for all
    further connections, None cuts nothing."""

    def __init__(self, port, delay_s=0, piece=65536, gap_s=0, cuts=(None,), end="drop"):
        super().__init__()
        self.server_port = port
        self.delay_s, self.piece, self.gap_s = delay_s, piece, gap_s
        self.cuts, self.end_kind = cuts, end
        self.n_connections = 0
        self.n_passed = []  # bytes of the server, by connection

    async def open(self):
        self.listener = await asyncio.start_server(self.relay, HOST, 0, backlog=4096)
        return self.listener.sockets[0].getsockname()[1]

    def close(self):
        self.listener.close()

    async def relay(self, near_reader, near):
        n = self.n_connections
        self.n_connections += 1
        self.n_passed.append(0)
        far_reader, far = await asyncio.open_connection(HOST, self.server_port)
        asking = asyncio.ensure_future(self.pass_requests(near_reader, far))
        try:
            await self.pass_answers(n, far_reader, near)
        except OSError:
            pass  # either has gone
        finally:
            asking.cancel()
            far.transport.abort()
            near.transport.abort()

    async def pass_requests(self, near_reader, far):
        with contextlib.suppress(OSError):
            while data := await near_reader.read(65536):
                await asyncio.sleep(self.delay_s)
                far.write(data)
            far.write_eof()

    async def pass_answers(self, n, far_reader, near):
        cut = self.cuts[min(n, len(self.cuts) - 1)]
        while cut is None or self.n_passed[n] < cut:
            left = self.piece if cut is None else min(self.piece, cut - self.n_passed[n])
            data = await far_reader.read(left)
            if not data:
                near.close()
                await near.wait_closed()
                return
            await asyncio.sleep(self.delay_s + self.gap_s)
            self.n_passed[n] += len(data)  # before the client can end on it
            near.write(data)
            await near.drain()
        if self.end_kind == "silent":
            await asyncio.get_running_loop().create_future()
        hang_up(near, self.end_kind)
