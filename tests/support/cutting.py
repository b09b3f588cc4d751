# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Servers whose answers stop early: at the byte, and in the way, that the path names.

    with CuttingHttp(http_answers(profile)) as server:
        fetch(f"http://127.0.0.1:{server.port}/length/close/17")

The ends are those of loop_server.hang_up().
"""

import asyncio
import re
import socket
import struct

from loop_server import HOST, LoopServer, hang_up

PATH = re.compile(r"/(\w+)/(\w+)/(\d+) ?")
OP_READ, OP_DATA, OP_ACK, OP_OACK = 1, 3, 4, 6


def http_answers(body):
    """The three ways for HTTP to mark a body's end: its length, chunks, the connection's end.

    Each form is (answer, bytes of it with which the body may be taken for whole). The last line end
    of a chunked one says nothing any more: some releases of libcurl wait for it, some do not.
    """
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in [body[:50], body[50:51], body[51:]])
    length = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    until_close = b"HTTP/1.0 200 OK\r\n\r\n" + body
    return {
        "length": (length, len(length)),
        "chunked": (chunked, len(chunked) - 1),
        "until_close": (until_close, len(until_close)),
    }


class CuttingHttp(LoopServer):
    """One request a connection. With `tls`, an ssl.SSLContext, it is HTTPS."""

    def __init__(self, answers, tls=None):
        super().__init__()
        self.answers = answers
        self.tls = tls

    async def open(self):
        # Room for all who come at once.
        self.server = await asyncio.start_server(self.serve, HOST, 0, ssl=self.tls, backlog=4096)
        return self.server.sockets[0].getsockname()[1]

    def close(self):
        self.server.close()

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            form, end, n = PATH.search(head.decode()).groups()
            writer.write(self.answers[form][0][: int(n)])
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            end = "drop"
        hang_up(writer, end)


class CuttingTftp(LoopServer, asyncio.DatagramProtocol):
    """A path is /FORM/END/N: of the file, only the first N bytes. `sized` announces all of them and
    takes blocks of 64 bytes; `bare` knows no options. The end is `close`: there is no other."""

    BLOCK = {"sized": 64, "bare": 512}

    def __init__(self, content):
        super().__init__()
        self.content = content
        self.files = {}

    async def open(self):
        transport, _ = await self.loop.create_datagram_endpoint(
            lambda: self, local_addr=(HOST, 0)
        )
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        return transport.get_extra_info("sockname")[1]

    def close(self):
        self.transport.close()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        op, number = struct.unpack("!HH", data[:4])
        if op == OP_READ:
            form, _, n = PATH.search(data.decode()).groups()
            self.files[client] = (self.BLOCK[form], self.content[: int(n)])
            if form == "sized":
                options = b"tsize\0%d\0blksize\0%d\0" % (len(self.content), self.BLOCK[form])
                self.transport.sendto(struct.pack("!H", OP_OACK) + options, client)
            else:
                self.send_block(client, 1)
        elif op == OP_ACK and client in self.files:
            self.send_block(client, number + 1)

    def send_block(self, client, number):
        block, file = self.files[client]
        if (number - 1) * block <= len(file):
            data = file[(number - 1) * block : number * block]
            self.transport.sendto(struct.pack("!HH", OP_DATA, number) + data, client)
