#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A bad line between a TFTP client and a server: datagrams are lost, doubled, delayed, cut off.

    with Relay(server.host, server.port, loss=0.05, seed=1) as relay:
        fetch(f"tftp://{relay.host}:{relay.port}/basic.txt")

Each request opens a path of its own, with a port of its own towards the client, as servers do.
What happens to the n-th datagram follows from the seed alone.
"""

import heapq
import random
import selectors
import socket
import threading
import time

DATAGRAM = 65536


def udp_socket(host):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.setblocking(False)
    return made


class Path:
    """One request: the client on one side, on the other the server's port for it."""

    def __init__(self, host, client, server):
        self.near = udp_socket(host)
        self.far = udp_socket(host)
        self.client = client
        self.server = server

    def close(self):
        self.near.close()
        self.far.close()


class Relay:
    """`loss` and `copies` are shares of all datagrams each way; `delay_s` and `jitter_s` are one
    way; after `mute_after` datagrams nothing passes any more."""

    def __init__(self, host, port, seed, loss=0, copies=0, delay_s=0, jitter_s=0, mute_after=None):
        self.server = (host, port)
        self.random = random.Random(seed)
        self.loss, self.copies = loss, copies
        self.delay_s, self.jitter_s = delay_s, jitter_s
        self.mute_after = mute_after
        self.n_seen = self.n_lost = 0
        self.host = "127.0.0.1"
        self.front = udp_socket(self.host)
        self.port = self.front.getsockname()[1]
        self.waker, self.bell = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.front, selectors.EVENT_READ, self.take_request)
        self.selector.register(self.bell, selectors.EVENT_READ, None)
        self.paths = []
        self.flying = []  # (when, n-th, socket, data, to)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.waker.send(b"!")
        self.thread.join()
        self.selector.close()
        for closing in [self.front, self.waker, self.bell, *self.paths]:
            closing.close()

    def run(self):
        while True:
            wait = max(0, self.flying[0][0] - time.monotonic()) if self.flying else None
            for key, _ in self.selector.select(wait):
                if key.data is None:
                    return
                key.data()
            while self.flying and self.flying[0][0] <= time.monotonic():
                _, _, sender, data, to = heapq.heappop(self.flying)
                sender.sendto(data, to)

    def carry(self, sender, data, to):
        self.n_seen += 1
        is_mute = self.mute_after is not None and self.n_seen > self.mute_after
        if is_mute or self.random.random() < self.loss:
            self.n_lost += 1
            return
        for n in range(1 + (self.random.random() < self.copies)):
            when = time.monotonic() + self.delay_s + self.random.random() * self.jitter_s
            heapq.heappush(self.flying, (when, 2 * self.n_seen + n, sender, data, to))

    def take_request(self):
        data, client = self.front.recvfrom(DATAGRAM)
        path = Path(self.host, client, self.server)
        self.paths.append(path)
        self.selector.register(path.near, selectors.EVENT_READ, lambda: self.take_near(path))
        self.selector.register(path.far, selectors.EVENT_READ, lambda: self.take_far(path))
        self.carry(path.far, data, path.server)

    def take_near(self, path):
        data, _ = path.near.recvfrom(DATAGRAM)
        self.carry(path.far, data, path.server)

    def take_far(self, path):
        data, path.server = path.far.recvfrom(DATAGRAM)
        self.carry(path.near, data, path.client)
