# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Servers of the tests' own, each an event loop in a thread."""

import asyncio
import socket
import struct
import threading

HOST = "127.0.0.1"


class LoopServer:
    """An event loop in a thread of its own; subclasses open their sockets in open().

    What goes wrong in it is raised at the end.
    """

    def __init__(self):
        self.broken = []
        self.tasks = set()

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self.note)
        self.loop.set_task_factory(self.keep)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self.open(), self.loop).result()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        if self.broken:
            raise RuntimeError(f"{len(self.broken)} of these: {self.broken[0]}")

    def keep(self, loop, coroutine, **options):
        """A loop does not hold its tasks; one without a reference would be collected."""
        task = asyncio.Task(coroutine, loop=loop, **options)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def note(self, _, context):
        # A connection that is cut off at the end is no fault of ours.
        if not isinstance(context.get("exception"), asyncio.CancelledError):
            self.broken.append(context)

    async def open(self):
        """Serve from now on; gives the port."""
        raise NotImplementedError

    def close(self):
        """Close what open() opened."""
        raise NotImplementedError

    async def end(self):
        self.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def hang_up(writer, end):
    """End a connection: `close` is orderly, over TLS with a close_notify; `drop` leaves that out;
    `reset` is a TCP reset."""
    if end == "reset":
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    if end == "close":
        writer.close()
    else:
        writer.transport.abort()
