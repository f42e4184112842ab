"""Calls of gRPC through a proxy, each way that calls can take and end. Prints what each came to.

Usage: calls.py PORT-OF-THE-PROXY PORT-OF-THE-SERVER; with `serve` and a port alone it is the server.
"""

import concurrent.futures
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

os.environ["GRPC_VERBOSITY"] = "NONE"

import grpc

OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.enable_retries", 0),
]
LARGE = bytes(range(256)) * 12 * 1024  # 3 MiB


# === The server ===

endings = []



def echo(message, context):
    context.send_initial_metadata((("x-initial", "one"), ("x-initial-bin", b"\0\xff")))
    context.set_trailing_metadata((("x-trailing", "two"), ("x-seen", dict(context.invocation_metadata()).get("x-sent", ""))))
    return message


def gather(messages, context):
    count, size = 0, 0
    for message in messages:
        count, size = count + 1, size + len(message)
    return b"%d messages, %d bytes" % (count, size)


def spread(message, context):
    for n in range(int(message)):
        yield b"%d" % n


def pingpong(messages, context):
    for message in messages:
        yield message.upper()


def fail(message, context):
    context.set_trailing_metadata((("x-why", "because"),))
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: é %")


def fail_late(message, context):
    yield b"one"
    yield b"two"
    context.abort(grpc.StatusCode.DATA_LOSS, "lost")


def fail_early(messages, context):
    """Ends a call whose client goes on sending."""
    next(messages)
    context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "enough")


def slow(message, context):
    over = threading.Event()
    context.add_callback(lambda: (endings.append(message.decode()), over.set()))
    over.wait(10)
    return b"late"


def hold(messages, context):
    """Answers each message, and says so when the call ends before its time."""
    done, over = [], threading.Event()
    context.add_callback(lambda: (done or endings.append("held"), over.set()))
    for message in messages:
        yield message
    # The library may see that no message comes before it sees why: a call that its client has merely
    # finished with stays for this long, one that is broken off does not.
    if not over.wait(1):
        done.append(True)


def seen(message, context):
    end = time.monotonic() + 3
    while time.monotonic() < end and message.decode() not in endings:
        time.sleep(0.01)
    return ",".join(endings).encode()


def serve(port):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=64), options=OPTIONS)
    unary, one_many = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    many_one, many = grpc.stream_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t", {
        "Echo": unary(echo), "Gather": many_one(gather), "Spread": one_many(spread), "PingPong": many(pingpong),
        "Fail": unary(fail), "FailLate": one_many(fail_late), "FailEarly": many(fail_early), "Slow": unary(slow),
        "Hold": many(hold), "Seen": unary(seen),
    }),))
    assert server.add_insecure_port("127.0.0.1:%d" % port) == port
    server.start()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    server.stop(5).wait()


class Server:
    """The server in a process of its own, which can be killed."""

    def __init__(self, port):
        self.process = subprocess.Popen([sys.executable, __file__, "serve", str(port)])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        sys.exit("the server does not listen")

    def kill(self, how=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(how)

    def wait(self):
        return self.process.wait(10)


# === The client ===

def told(error):
    """How a call failed."""
    # Either end may be the first to see a deadline, and words it in its own way.
    details = "" if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED else error.details()
    return "%s %s" % (error.code().name, details)


def outcome(name, call):
    try:
        result = call()
    except grpc.RpcError as error:
        trailing = [pair for pair in (error.trailing_metadata() or ()) if pair[0].startswith("x-")]
        result = "%s %s" % (told(error), trailing if trailing else "")
    print(name, "|", result, flush=True)


class Feed:
    """Messages that a call sends when they are given, until it is ended."""

    def __init__(self):
        self.queue = queue.Queue()

    def __iter__(self):
        return iter(self.queue.get, None)

    def give(self, message):
        self.queue.put(message)

    def end(self):
        self.queue.put(None)


class Client:
    def __init__(self, port):
        # Not shared with the other clients of this process.
        options = OPTIONS + [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel("127.0.0.1:%d" % port, options=options)

    def unary(self, method, message, timeout=10):
        return self.channel.unary_unary("/t/" + method)(message, timeout=timeout)

    def echo(self):
        call = self.channel.unary_unary("/t/Echo")
        answer, state = call.with_call(b"hello", timeout=10, metadata=(("x-sent", "said"),))
        ours = lambda pairs: [(k, v) for k, v in pairs if k.startswith("x-")]
        return answer, ours(state.initial_metadata()), ours(state.trailing_metadata()), state.code().name

    def pingpong(self, rounds, size):
        feed = Feed()
        answers = self.channel.stream_stream("/t/PingPong")(iter(feed), timeout=20)
        for n in range(rounds):
            message = b"%d %s" % (n, b"a" * size)
            feed.give(message)
            if next(answers) != message.upper():
                return "another message in round %d" % n
        feed.end()
        return rounds, list(answers), answers.code().name

    def held(self, break_off):
        """A call that is broken off between two messages."""
        feed = Feed()
        answers = self.channel.stream_stream("/t/Hold")(iter(feed), timeout=10)
        feed.give(b"a")
        first = next(answers)
        break_off(answers)
        try:
            rest = list(answers)
        except grpc.RpcError as error:
            rest = told(error)
        feed.end()
        return first, rest

    def parted(self, server):
        """A server that is told to go lets a call end as it would."""
        feed = Feed()
        answers = self.channel.stream_stream("/t/PingPong")(iter(feed), timeout=10)
        feed.give(b"a")
        got = [next(answers)]
        server.kill(signal.SIGTERM)
        time.sleep(0.3)
        feed.give(b"b")
        got.append(next(answers))
        feed.end()
        return got, list(answers), answers.code().name

    def endless(self):
        """A call whose server has had enough, of a client that goes on."""
        feed = Feed()
        answers = self.channel.stream_stream("/t/FailEarly")(iter(feed), timeout=10)
        for _ in range(20):
            feed.give(b"x" * 50000)
        try:
            return list(answers)
        finally:
            feed.end()


def many(port):
    """Calls of several connections at once."""
    clients = [Client(port) for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=32) as pool:
        message = lambda n: b"%d " % n * (n % 50)
        calls = [(n, pool.submit(clients[n % 4].unary, "Echo", message(n))) for n in range(400)]
        return sum(call.result() == message(n) for n, call in calls)


def play(port, back):
    server = Server(back)
    client = Client(port)
    try:
        outcome("unary", client.echo)
        outcome("nothing", lambda: client.unary("Echo", b""))
        outcome("many to one", lambda: client.channel.stream_unary("/t/Gather")(iter([b"x" * n for n in range(100)]), timeout=10))
        outcome("none to one", lambda: client.channel.stream_unary("/t/Gather")(iter([]), timeout=10))
        outcome("one to many", lambda: len(list(client.channel.unary_stream("/t/Spread")(b"1000", timeout=10))))
        outcome("one to none", lambda: list(client.channel.unary_stream("/t/Spread")(b"0", timeout=10)))
        outcome("to and fro", lambda: client.pingpong(200, 10))
        outcome("to and fro, large", lambda: client.pingpong(3, 400000))
        outcome("large", lambda: client.unary("Echo", LARGE, 20) == LARGE)
        outcome("large, many to one", lambda: client.channel.stream_unary("/t/Gather")(iter([LARGE] * 4), timeout=20))
        outcome("many at once", lambda: many(port))
        outcome("an error", lambda: client.unary("Fail", b""))
        outcome("an error behind messages", lambda: list(client.channel.unary_stream("/t/FailLate")(b"", timeout=10)))
        outcome("an error before the end", client.endless)
        outcome("no such method", lambda: client.unary("None", b""))
        outcome("a deadline", lambda: client.unary("Slow", b"deadline", timeout=2))
        outcome("the server heard of it", lambda: "deadline" in client.unary("Seen", b"deadline").decode())
        outcome("a cancellation", lambda: client.held(lambda call: call.cancel()))
        outcome("the server heard of it", lambda: "held" in client.unary("Seen", b"held").decode())
        outcome("others go on", client.echo)
        outcome("a server that dies", lambda: client.held(lambda _: server.kill()))
        server.wait()
        outcome("no server", lambda: client.unary("Echo", b""))
        server = Server(back)
        outcome("a new server", lambda: Client(port).echo())
        outcome("a server that parts", lambda: client.parted(server))
        print("it ended with", server.wait())
        server = Server(back)
        outcome("the next", lambda: Client(port).echo())
    finally:
        server.kill()


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    play(int(sys.argv[1]), int(sys.argv[2]))
