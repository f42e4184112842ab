"""Drives a proxy with programs of others: haproxyadmin over its stats socket, haproxy-stats over its CSV page.

Usage: drive.py FOLDER-OF-THE-SOCKET HOST:PORT. Prints one line for each thing asked.
"""

import sys
import warnings

warnings.simplefilter("ignore")

from haproxyadmin import STATE_DISABLE, STATE_DRAIN, STATE_ENABLE, STATE_READY, haproxy
from haproxystats import HAProxyServer


def admin(folder):
    """Reads and changes what the stats socket offers."""
    proxy = haproxy.HAProxy(socket_dir=folder)
    print("name", proxy.info()[0]["Name"])
    print("processes", len(proxy.processids), int(proxy.processids[0]) > 0)
    print("uptime", int(proxy.uptimesec) >= 0, proxy.uptime != "")
    print("maxconn", proxy.maxconn)
    print("requests", proxy.requests)
    print("frontends", sorted(f.name for f in proxy.frontends()))
    print("backends", sorted(b.name for b in proxy.backends()))
    front = proxy.frontend("fe")
    print("fe", front.status, front.requests, front.metric("hrsp_2xx"))
    back = proxy.backend("be")
    print("be", back.status, back.requests, back.metric("hrsp_2xx"), [s.name for s in back.servers()])
    server = proxy.server("s2", backend="be")[0]
    print("s2", server.status, server.weight, server.sid, server.requests)
    for state in (STATE_DISABLE, STATE_ENABLE, STATE_DRAIN, STATE_READY):
        print(state, server.setstate(state), server.status)
    for weight in (0, 7, "50%", "100%"):
        print("weight", weight, server.setweight(weight), server.weight)
    print("servers", sorted(s.name for s in proxy.servers()))
    print("command", "# pxname,svname," in str(proxy.command("show stat")))


def stats(address):
    """Reads the page of counters as CSV."""
    server = HAProxyServer(address)
    print("failed", server.failed, "begins", server.fields[:6])
    for group in (server.frontends, server.backends):
        print("rows", [(row.name, row.status, row.stot) for row in group if row.name in ("fe", "be")])
    listeners = [row for backend in server.backends for row in backend.listeners]
    print("listeners", sorted((row.name, row.status, row.weight, row.hrsp_2xx) for row in listeners))
    print("json", '"pxname"' in server.to_json())


admin(sys.argv[1])
stats(sys.argv[2])
