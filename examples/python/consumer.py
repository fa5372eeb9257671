"""Prints CPU and memory of every zone. Usage: consumer.py [ENDPOINT] [COUNT] [ZONE]"""

import sys

import zmq

from zonecast_pb2 import Packet

# Profile ticks in a second of CPU time: the unit of cpu.usage.
TICKS_PER_SECOND = 4999


class Zone:
    """What was last seen of one zone."""

    def __init__(self):
        self.cores = {}
        self.time_ns = None
        self.rss = "-"
        self.epoch = None
        self.seq = 0


def cpu_percent(zone, packet):
    ticks = 0
    known = False
    for entry in packet.cpu:
        if not entry.HasField("usage"):
            continue
        core = entry.core if entry.HasField("core") else None
        if core in zone.cores:
            # Counters of 32 bits wrap: differences are modulo 2^32.
            ticks += (entry.usage - zone.cores[core]) % 2**32
            known = True
        zone.cores[core] = entry.usage
    text = "-"
    if known:
        seconds = (packet.time_ns - zone.time_ns) / 1e9
        text = f"{100 * ticks / TICKS_PER_SECOND / seconds:.1f}"
    if packet.cpu:
        zone.time_ns = packet.time_ns
    return text


def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:7211"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 0

    socket = zmq.Context().socket(zmq.SUB)
    socket.ipv6 = True
    socket.linger = 0
    # A packet begins with its name, so a packet that is nothing but a name is the prefix to filter by.
    prefix = Packet(name=sys.argv[3]).SerializePartialToString() if len(sys.argv) > 3 else b""
    socket.subscribe(prefix)
    socket.connect(endpoint)

    zones = {}
    lost = 0
    while True:
        packet = Packet.FromString(socket.recv())
        zone = zones.setdefault(packet.name, Zone())
        if packet.epoch == zone.epoch and packet.seq > zone.seq:
            lost += packet.seq - zone.seq - 1
        zone.epoch, zone.seq = packet.epoch, packet.seq
        cpu = cpu_percent(zone, packet)
        # A field that is absent was not read for this tick: the last value holds.
        if packet.mem and packet.mem[0].HasField("rss"):
            zone.rss = packet.mem[0].rss
        print(f"{packet.name} cpu={cpu}% rss={zone.rss}", flush=True)
        count -= 1
        if count == 0:
            break
    print(f"{lost} packets lost")


if __name__ == "__main__":
    main()
