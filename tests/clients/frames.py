"""HTTP/2 of others through a proxy: an honest client on `h2`, and frames made with `hyperframe` that break the protocol.
Prints what each story came to, and that the next client is served.

Usage: frames.py PORT-OF-THE-PROXY; the server behind it answers `ok`, and what was sent to a POST.
"""

import socket
import sys
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hpack
from hyperframe.frame import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    ExtensionFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATIENCE = 20
QUIET = 0.5


class Client:
    """A connection that reads honestly, whatever is written to it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        config = h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.bodies, self.ends, self.closed = {}, {}, False
        self.said = []
        self.flush()

    def flush(self):
        self.write(self.h2.data_to_send())

    def write(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True

    @staticmethod
    def fields(method="GET", path="/"):
        return [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a")]

    def get(self, stream):
        self.h2.send_headers(stream, self.fields(), end_stream=True)
        self.flush()

    def read(self):
        """One read, and what follows from it."""
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            self.said.append("silent")
            self.closed = True
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.said.append(f"proxy is wrong: {error!r}")
            self.closed = True
            return
        for event in events:
            self.take(event)
        self.flush()

    def take(self, event):
        match event:
            case h2.events.ResponseReceived():
                status = dict(event.headers)[b":status"].decode()
                self.ends.setdefault(event.stream_id, []).append(status)
            case h2.events.DataReceived():
                self.bodies[event.stream_id] = self.bodies.get(event.stream_id, b"") + event.data
                if event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self.ends.setdefault(event.stream_id, []).append("end")
            case h2.events.StreamReset():
                self.ends.setdefault(event.stream_id, []).append(f"reset {int(event.error_code)}")
            case h2.events.ConnectionTerminated():
                self.said.append(f"goaway {int(event.error_code)}")

    def finished(self, stream):
        return any(end == "end" or end.startswith("reset") for end in self.ends.get(stream, []))

    def until(self, *streams):
        while not self.closed and not all(self.finished(stream) for stream in streams):
            self.read()

    def summary(self):
        streams = [f"{stream} {' '.join(ends)} {len(self.bodies.get(stream, b''))}" for stream, ends in sorted(self.ends.items())]
        return "; ".join(streams + self.said + ["closed" if self.closed else "open"])


# === Honest stories ===


def a_request(client):
    client.get(1)
    client.until(1)


def many_at_once(client):
    streams = range(1, 101, 2)
    for stream in streams:
        client.h2.send_headers(stream, client.fields(path=f"/{stream}"), end_stream=True)
    client.flush()
    client.until(*streams)


def an_upload(client):
    """200 kB, never more at once than the windows let through."""
    client.h2.send_headers(1, client.fields("POST"))
    left = b"0123456789" * 20_000
    while left and not client.closed:
        room = min(client.h2.local_flow_control_window(1), client.h2.max_outbound_frame_size, len(left))
        if room > 0:
            client.h2.send_data(1, left[:room])
            left = left[room:]
            client.flush()
        else:
            client.read()
    client.h2.end_stream(1)
    client.flush()
    client.until(1)
    assert client.bodies.get(1) == b"0123456789" * 20_000, "another body came back"


def trailers(client):
    client.h2.send_headers(1, client.fields("POST"))
    client.h2.send_data(1, b"abc")
    client.h2.send_headers(1, [("x-checksum", "1")], end_stream=True)
    client.flush()
    client.until(1)


def padded(client):
    client.h2.send_headers(1, client.fields("POST"))
    client.h2.send_data(1, b"abc", pad_length=200)
    client.h2.send_data(1, b"def", pad_length=0, end_stream=True)
    client.flush()
    client.until(1)


def with_priorities(client):
    client.h2.prioritize(1, weight=200, depends_on=3, exclusive=True)
    client.h2.send_headers(1, client.fields(), end_stream=True, priority_weight=10, priority_depends_on=0)
    client.flush()
    client.until(1)


def farewell(client):
    client.get(1)
    client.until(1)
    client.h2.close_connection()
    client.flush()
    while not client.closed:
        client.read()


HONEST = [a_request, many_at_once, an_upload, trailers, padded, with_priorities, farewell]


# === Frames that harm ===

FIELDS = Client.fields()
ALL = ["END_HEADERS", "END_STREAM"]


def block(*more, fields=FIELDS):
    return hpack.Encoder().encode([*fields, *more])


def get(stream, *more):
    return HeadersFrame(stream, block(*more), flags=ALL)


def post(stream):
    return HeadersFrame(stream, block(fields=Client.fields("POST")), flags=["END_HEADERS"])


def on(stream, frame):
    """The frame on a stream where `hyperframe` would not put it."""
    frame.stream_id = stream
    return frame


BOMB = b"\x40\x01x\x7f\x81\x1e" + b"v" * 4000 + b"\xbe" * 10_000
LONG = b"\x40\x01x\x7f\x01" + b"v" * 128

# What is sent behind the settings.
HARM = {
    "rapid resets": [frame for n in range(1, 2001, 2) for frame in (get(n), RstStreamFrame(n, 8))],
    "continuations without end": [HeadersFrame(1, b"\x82"), *[ContinuationFrame(1, LONG)] * 3000],
    "empty continuations": [HeadersFrame(1, b"\x82"), *[ContinuationFrame(1, b"")] * 20_000],
    "settings": [SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 65535})] * 2000,
    "pings": [PingFrame(0, b"abcdefgh")] * 5000,
    "a header bomb": [HeadersFrame(1, BOMB, flags=ALL)],
    "payloads of nothing": [post(1), *[DataFrame(1, b"")] * 2000, DataFrame(1, b"end", flags=["END_STREAM"])],
    "payload beyond the window": [post(1), *[DataFrame(1, b"x" * 16384)] * 3000],
    "a window too large": [post(1), *[WindowUpdateFrame(0, 2**31 - 1)] * 2],
    "a promise": [PushPromiseFrame(1, 2, block(), flags=["END_HEADERS"])],
    "a stream that depends on itself": [PriorityFrame(3, depends_on=3, stream_weight=1)],
    "payload within a head": [HeadersFrame(1, block()[:2]), DataFrame(1, b"x")],
    "payload of no stream": [on(0, DataFrame(1, b"x"))],
    "payload of an idle stream": [DataFrame(5, b"x")],
    "settings of a stream": [on(1, SettingsFrame(0))],
    "an even stream": [get(2)],
    "streams in the wrong order": [get(3), get(1)],
    "frames of the future": [ExtensionFrame(type=0x42, flag_byte=0xFF, stream_id=0), AltSvcFrame(0, b"a", b"b"), get(1)],
    "a name in upper case": [HeadersFrame(1, block(("X-Upper", "1")), flags=ALL)],
    "a connection's field": [get(1, ("transfer-encoding", "chunked"))],
    "a farewell": [GoAwayFrame(0, 0), get(1)],
}  # fmt: skip


def receive(connection):
    """The next frame; nothing when the connection has ended or has said all."""
    def exactly(count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    frame, length = Frame.parse_frame_header(memoryview(exactly(9)))
    frame.parse_body(memoryview(exactly(length)))
    return frame


def write(connection, data):
    try:
        connection.sendall(data)
    except OSError:
        pass


def harmed(port, frames):
    """What became of it: `cut off` is the connection, `refused` a stream, `answered` a request."""
    data = PREFACE + b"".join(frame.serialize() for frame in [SettingsFrame(0), *frames])
    seen = set()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        # Whoever does not read while it writes would wait for ever.
        writer = threading.Thread(target=write, args=(connection, data))
        writer.start()
        connection.settimeout(QUIET)
        try:
            while True:
                match receive(connection):
                    case GoAwayFrame(error_code=code) if code:
                        seen.add("cut off")
                    case RstStreamFrame():
                        seen.add("refused")
                    case HeadersFrame():
                        seen.add("answered")
        except socket.timeout:
            pass
        except (EOFError, OSError):
            seen.add("cut off")
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        writer.join()
    return "cut off" if "cut off" in seen else " ".join(sorted(seen)) or "nothing"


def served(port):
    """The next client is."""
    client = Client(port)
    a_request(client)
    client.socket.close()
    return client.summary()


def main(port):
    for story in HONEST:
        client = Client(port)
        story(client)
        client.socket.close()
        print(f"{story.__name__} | {client.summary()} | then {served(port)}", flush=True)
    for name, frames in HARM.items():
        print(f"{name} | {harmed(port, frames)} | then {served(port)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
