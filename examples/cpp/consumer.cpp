// Prints CPU and memory of every zone. Usage: consumer [ENDPOINT] [COUNT] [ZONE]

#include <zmq.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "zonecast.pb.h"

// Profile ticks in a second of CPU time: the unit of cpu.usage.
constexpr double kTicksPerSecond = 4999;

// What was last seen of one zone.
struct Zone {
  std::map<int64_t, uint32_t> cores;
  uint64_t time_ns = 0;
  std::string rss = "-";
  uint64_t epoch = 0;
  uint64_t seq = 0;
};

static std::string CpuPercent(Zone& zone, const PBMSG::Packet& packet) {
  uint64_t ticks = 0;
  bool known = false;
  for (const auto& entry : packet.cpu()) {
    if (!entry.has_usage()) continue;
    const int64_t core = entry.has_core() ? int64_t{entry.core()} : -1;
    const auto before = zone.cores.find(core);
    if (before != zone.cores.end()) {
      // Counters of 32 bits wrap, and so does their difference.
      ticks += static_cast<uint32_t>(entry.usage() - before->second);
      known = true;
    }
    zone.cores[core] = entry.usage();
  }
  char text[32] = "-";
  if (known) {
    const double seconds = static_cast<double>(packet.time_ns() - zone.time_ns) / 1e9;
    std::snprintf(text, sizeof text, "%.1f", 100.0 * ticks / kTicksPerSecond / seconds);
  }
  if (packet.cpu_size() > 0) zone.time_ns = packet.time_ns();
  return text;
}

int main(int argc, char** argv) {
  const char* endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:7211";
  long count = argc > 2 ? std::atol(argv[2]) : 0;

  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_SUB);
  const int on = 1, linger = 0;
  zmq_setsockopt(socket, ZMQ_IPV6, &on, sizeof on);
  zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
  std::string prefix;
  if (argc > 3) {
    // A packet begins with its name, so a packet that is nothing but a name is the prefix to filter by.
    PBMSG::Packet only_name;
    only_name.set_name(argv[3]);
    prefix = only_name.SerializePartialAsString();
  }
  zmq_setsockopt(socket, ZMQ_SUBSCRIBE, prefix.data(), prefix.size());
  if (zmq_connect(socket, endpoint) != 0) {
    std::fprintf(stderr, "can't connect to %s: %s\n", endpoint, zmq_strerror(zmq_errno()));
    return 1;
  }

  std::map<std::string, Zone> zones;
  uint64_t lost = 0;
  PBMSG::Packet packet;
  do {
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, socket, 0) < 0) return 1;
    const bool parsed = packet.ParseFromArray(zmq_msg_data(&message), static_cast<int>(zmq_msg_size(&message)));
    zmq_msg_close(&message);
    if (!parsed) continue;

    Zone& zone = zones[packet.name()];
    if (packet.epoch() == zone.epoch && packet.seq() > zone.seq) lost += packet.seq() - zone.seq - 1;
    zone.epoch = packet.epoch();
    zone.seq = packet.seq();
    const std::string cpu = CpuPercent(zone, packet);
    // A field that is absent was not read for this tick: the last value holds.
    if (packet.mem_size() > 0 && packet.mem(0).has_rss()) zone.rss = std::to_string(packet.mem(0).rss());
    std::printf("%s cpu=%s%% rss=%s\n", packet.name().c_str(), cpu.c_str(), zone.rss.c_str());
    std::fflush(stdout);
  } while (--count != 0);
  std::printf("%llu packets lost\n", static_cast<unsigned long long>(lost));

  zmq_close(socket);
  zmq_ctx_term(context);
}
