#!/usr/bin/env python3
"""Mixed load with faults on both sides, for as long as one likes; tells whether anything was lost, mixed up or leaked.

    python3 tests/soak/soak.py --binary target/release/evenkeel --minutes 60

Every request carries a number that its answer must bear, and a healthy lane must not lose a single request while another lane
gets resets, stalls, truncations, floods of nonsense, thousands of slow clients, and origins that are killed. At the end the proxy
has to be back at the descriptors it began with, and at about the memory of its first minutes. `--binary haproxy` shows what
HAProxy makes of the same.
"""

import argparse
import asyncio
import logging
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

# Writing to a connection that is lost is what many of these do.
logging.getLogger("asyncio").setLevel(logging.ERROR)

CONFIG = """global
    nbthread 1
    maxconn 8000
    stats socket {dir}/sock level admin
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
    timeout http-request 4s
    timeout queue 2s
    timeout tunnel 10s
    retries 2
    option redispatch
frontend healthy
    bind 127.0.0.1:{healthy}
    timeout client 60s
    timeout http-request 60s
    default_backend good
frontend rough
    bind 127.0.0.1:{rough}
    default_backend bad
backend good
    balance roundrobin
    timeout connect 20s
    timeout queue 60s
    timeout server 60s
    timeout tunnel 60s
    server g1 127.0.0.1:{o0} maxconn 200
    server g2 127.0.0.1:{o1} maxconn 200
backend bad
    balance leastconn
    cookie SRV insert indirect
    server b1 127.0.0.1:{o2} cookie b1 check inter 500ms maxconn 300
    server b2 127.0.0.1:{o3} cookie b2 check inter 500ms maxconn 300
"""

# A busy machine may make this very program slow to answer itself: only what takes longer is lost.
PATIENCE = 70

BODY = b"0123456789abcdef" * 4096


class Counts(dict):
    def one(self, name):
        self[name] = self.get(name, 0) + 1


counts = Counts()
faults = []


def wrong(text):
    faults.append(text)
    print("WRONG:", text, flush=True)


def reset(writer):
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def read_message(reader):
    """Head and payload of one message; what was cut short raises."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    body = b""
    if fields.get("transfer-encoding") == "chunked":
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            if size == 0:
                while await reader.readuntil(b"\n") != b"\r\n":
                    pass
                break
            body += (await reader.readexactly(size + 2))[:-2]
    elif "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    return lines[0], fields, body


def payload(number, size):
    text = b"%s;" % number.encode()
    return (text * (size // len(text) + 1))[:size]


# --- origins


class Origin:
    def __init__(self, port, rough):
        self.port, self.rough, self.server, self.open = port, rough, None, set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=4096)

    async def kill(self):
        self.server.close()
        for writer in list(self.open):
            reset(writer)

    async def serve(self, reader, writer):
        self.open.add(writer)
        try:
            while await self.answer(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def answer(self, reader, writer):
        line, fields, body = await read_message(reader)
        number = fields.get("x-number", "-")
        if fields.get("upgrade") == "raw":
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: raw\r\nconnection: upgrade\r\nx-number: %s\r\n\r\n" % number.encode())
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
            return False
        kind = random.random() if self.rough else 1.0
        if kind < 0.03:
            reset(writer)
            return False
        if kind < 0.06:
            return False
        if kind < 0.08:
            writer.write(b"this is no HTTP\r\n\r\n")
            return False
        if kind < 0.10:
            await asyncio.sleep(random.uniform(0.1, 7))
        size = random.choice([0, 10, 500, 5000, 100_000]) + len(body) % 7
        data = payload(number, size)
        head = b"HTTP/1.1 200 OK\r\nx-number: %s\r\n" % number.encode()
        if kind < 0.13:
            writer.write(head + b"content-length: %d\r\n\r\n" % (size + 50) + data)
            await writer.drain()
            return False
        if random.random() < 0.3:
            writer.write(head + b"transfer-encoding: chunked\r\n\r\n")
            for at in range(0, size, 7000):
                piece = data[at : at + 7000]
                writer.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
            writer.write(b"0\r\nx-trailer: 1\r\n\r\n")
        elif kind < 0.16:
            writer.write(head + b"content-length: %d\r\n\r\n" % size)
            for at in range(0, min(size, 400), 40):
                writer.write(data[at : at + 40])
                await writer.drain()
                await asyncio.sleep(0.02)
            writer.write(data[400:])
        else:
            writer.write(head + b"content-length: %d\r\n\r\n" % size + data)
        await writer.drain()
        return not self.rough or random.random() > 0.02


# --- clients

numbers = iter(range(1, 1 << 60))


def request(number, extra=b"", body=b""):
    length = b"content-length: %d\r\n" % len(body) if body else b""
    method = b"POST" if body else b"GET"
    return b"%s /%s HTTP/1.1\r\nhost: soak\r\nx-number: %s\r\n%s%s\r\n" % (method, number.encode(), number.encode(), length, extra) + body


def judge(number, answer, lane):
    line, fields, body = answer
    status = line.split(" ")[1]
    counts.one(f"{lane} {status}")
    if status == "200":
        if fields.get("x-number") != number:
            wrong(f"{lane}: request {number} got the answer of {fields.get('x-number')}")
        elif body != payload(number, len(body)):
            wrong(f"{lane}: request {number} got a payload that is not its own")
    elif lane == "healthy":
        wrong(f"healthy: request {number} got status {status}")


async def keepalive(port, lane):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for _ in range(random.randint(1, 30)):
            number = str(next(numbers))
            body = BODY[: random.choice([0, 0, 0, 30, 5000, 60_000])]
            writer.write(request(number, body=body))
            answer = await asyncio.wait_for(read_message(reader), PATIENCE)
            judge(number, answer, lane)
            if answer[1].get("connection") == "close":
                break
    finally:
        writer.close()


async def pipelined(port, lane):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        asked = [str(next(numbers)) for _ in range(5)]
        writer.write(b"".join(request(number) for number in asked))
        for number in asked:
            judge(number, await asyncio.wait_for(read_message(reader), PATIENCE), lane)
    finally:
        writer.close()


async def tunnel(port, lane):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        number = str(next(numbers))
        writer.write(request(number, b"upgrade: raw\r\nconnection: upgrade\r\n"))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        if b" 101 " not in head:
            counts.one(f"{lane} tunnel refused")
            if lane == "healthy":
                wrong(f"healthy: no tunnel: {head[:40]}")
            return
        for _ in range(random.randint(1, 20)):
            data = payload(number, random.randint(1, 3000))
            writer.write(data)
            if await asyncio.wait_for(reader.readexactly(len(data)), PATIENCE) != data:
                wrong(f"{lane}: a tunnel gave other bytes than it got")
            await asyncio.sleep(random.uniform(0, 0.1))
        counts.one(f"{lane} tunnel")
    finally:
        writer.close()


async def aborting(port, lane):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = str(next(numbers))
    text = request(number, body=BODY[:50_000])
    writer.write(text[: random.randint(1, len(text))])
    await asyncio.sleep(random.uniform(0, 0.05))
    reset(writer) if random.random() < 0.5 else writer.close()
    counts.one("aborted")


async def nonsense(port, lane):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(random.choice([
            os.urandom(random.randint(1, 5000)),
            b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nx: " + b"y" * 60_000 + b"\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + os.urandom(500),
        ]))
        await asyncio.wait_for(reader.read(10_000), 8)
        counts.one("nonsense")
    finally:
        writer.close()


async def slow(port, lane):
    """A client that takes its time for its head, and mostly never comes to the end of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for byte in b"GET / HTTP/1.1\r\nhost: slow\r\n":
            if writer.is_closing():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(random.uniform(0.1, 1))
    finally:
        writer.close()
        counts.one("slow")


async def forever(kinds, port, lane, until):
    while time.monotonic() < until:
        try:
            await random.choice(kinds)(port, lane)
        except (OSError, EOFError, asyncio.TimeoutError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
            counts.one(f"{lane} {type(error).__name__}")
            if lane == "healthy":
                wrong(f"healthy: {type(error).__name__} {error}")


# --- the proxy


class Proxy:
    def __init__(self, binary, config):
        self.process = subprocess.Popen([binary, "-db", "-f", config], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.pid = self.process.pid

    def rss(self):
        with open(f"/proc/{self.pid}/smaps_rollup") as lines:
            return sum(int(line.split()[1]) for line in lines if line.startswith("Rss"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


async def killer(origins, until):
    while time.monotonic() < until - 10:
        await asyncio.sleep(random.uniform(5, 15))
        victim = random.choice(origins)
        await victim.kill()
        counts.one("origin killed")
        await asyncio.sleep(random.uniform(0.5, 3))
        await victim.start()


async def watch(proxy, until):
    memory = []
    while time.monotonic() < until:
        await asyncio.sleep(10)
        if proxy.process.poll() is not None:
            wrong(f"the proxy is gone: {proxy.process.returncode}")
            return memory
        memory.append(proxy.rss())
        total = sum(n for name, n in counts.items() if name.endswith(" 200"))
        print(f"{int(until - time.monotonic()):5} s left, {total} answers, {memory[-1]} KiB, {proxy.descriptors()} descriptors", flush=True)
    return memory


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


async def main(args):
    folder = tempfile.mkdtemp()
    ports = free_ports(6)
    origins = [Origin(port, at >= 2) for at, port in enumerate(ports[2:])]
    for origin in origins:
        await origin.start()
    config = os.path.join(folder, "cfg")
    names = {f"o{at}": origin.port for at, origin in enumerate(origins)}
    with open(config, "w") as file:
        file.write(CONFIG.format(dir=folder, healthy=ports[0], rough=ports[1], **names))
    proxy = Proxy(args.binary, config)
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", ports[0])
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    descriptors = proxy.descriptors()
    until = time.monotonic() + args.minutes * 60
    good = [keepalive, keepalive, pipelined, tunnel]
    tasks = [forever(good, ports[0], "healthy", until) for _ in range(args.clients)]
    tasks += [forever([*good, aborting, nonsense], ports[1], "rough", until) for _ in range(args.clients)]
    tasks += [forever([slow], ports[1], "slow", until) for _ in range(args.slow)]
    memory, *_ = await asyncio.gather(watch(proxy, until), killer(origins[2:], until), *tasks)
    await asyncio.sleep(15)
    for name in sorted(counts):
        print(f"{counts[name]:10} {name}")
    if proxy.process.poll() is None:
        ended = proxy.descriptors()
        print(f"descriptors: {descriptors} before, {ended} after; KiB: {memory[: 1]} at first, {max(memory)} at most, {proxy.rss()} after")
        # Idle connections to servers, and checks, may come and go.
        if ended > descriptors + 8:
            wrong(f"{ended - descriptors} descriptors are left over")
        early = max(memory[: max(3, len(memory) // 6)])
        if max(memory) > early * 1.5 + 8192:
            wrong(f"memory grew from {early} to {max(memory)} KiB")
        proxy.process.send_signal(signal.SIGUSR1)
        try:
            code = proxy.process.wait(20)
            if code != 0:
                wrong(f"the proxy left with {code}")
        except subprocess.TimeoutExpired:
            wrong("the proxy did not leave when it was told to finish")
            proxy.process.kill()
    if counts.get("healthy 200", 0) < 100 or counts.get("rough 200", 0) < 100:
        wrong("too little was served for this to prove anything")
    print("passed" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default="target/release/evenkeel")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=24, help="in each of the two lanes")
    parser.add_argument("--slow", type=int, default=5000, help="slow clients at the same time")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sys.exit(asyncio.run(main(parser.parse_args())))
