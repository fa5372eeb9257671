// The packet as decodePacket gives it. Made from proto/zonecast.proto by `npm run docs`: change it there.
// Names are the schema's. Fields of 64 bits are bigint, of 32 bits number, enums the name of their value. A field that the
// packet doesn't carry is absent; a repeated one is always there, maybe empty. Counters are running totals.

export interface Cpu {
  /** Absent where the kernel gives no split by core (cgroup v2): one entry then holds the zone's total. */
  core?: number;
  /** CPU time used, in profile ticks: 4999 per second of CPU. Wraps. */
  usage?: number;
  user_ns?: bigint;
  nice_ns?: bigint;
  system_ns?: bigint;
  idle_ns?: bigint;
  iowait_ns?: bigint;
  irq_ns?: bigint;
  softirq_ns?: bigint;
  steal_ns?: bigint;
  guest_ns?: bigint;
}

export interface Mem {
  /** Bytes. */
  rss?: bigint;
  /** Bytes. */
  physcap?: bigint;
  /** Bytes. */
  swap?: bigint;
  /** Bytes. */
  swapcap?: bigint;
  /** Pages. */
  physmem?: bigint;
  /** Pages. */
  pp_kernel?: bigint;
  /** Pages. */
  freemem?: bigint;
  /** Running totals of page allocations and frees on Linux, of kernel object loads and unloads on illumos. */
  nalloc_calls?: bigint;
  /** Running totals of page allocations and frees on Linux, of kernel object loads and unloads on illumos. */
  nfree_calls?: bigint;
  /** Running totals; wrap. */
  maj_fault?: number;
  /** Running totals; wrap. */
  as_fault?: number;
  /** Running totals; wrap. */
  pgin?: number;
  /** Bytes. */
  available?: bigint;
  /** Bytes. */
  buffers?: bigint;
  /** Bytes. */
  cached?: bigint;
  /** Bytes. */
  dirty?: bigint;
  /** Bytes. */
  writeback?: bigint;
  /** Bytes. */
  anon?: bigint;
  /** Bytes. */
  mapped?: bigint;
  /** Bytes. */
  slab?: bigint;
  /** Bytes. */
  shmem?: bigint;
  /** All memory charged to the zone, page cache included. */
  usage?: bigint;
  /** Running total of processes that the kernel killed for want of memory. */
  oom_kills?: bigint;
}

export interface Net {
  instance?: string;
  obytes64?: bigint;
  rbytes64?: bigint;
  opackets?: bigint;
  ipackets?: bigint;
  oerrors?: number;
  ierrors?: number;
  odrops?: bigint;
  idrops?: bigint;
}

export interface Disk {
  instance: string;
  /** Bytes. */
  nread?: bigint;
  /** Bytes. */
  nwritten?: bigint;
  /** Operations; wrap. */
  reads?: number;
  /** Operations; wrap. */
  writes?: number;
  /**
   * Nanoseconds: time with at least one operation in the run queue, in the wait queue, and the two running sums of
   * queue length times time.
   */
  rtime?: bigint;
  /**
   * Nanoseconds: time with at least one operation in the run queue, in the wait queue, and the two running sums of
   * queue length times time.
   */
  wtime?: bigint;
  /**
   * Nanoseconds: time with at least one operation in the run queue, in the wait queue, and the two running sums of
   * queue length times time.
   */
  rlentime?: bigint;
  /**
   * Nanoseconds: time with at least one operation in the run queue, in the wait queue, and the two running sums of
   * queue length times time.
   */
  wlentime?: bigint;
  harderror?: number;
  softerror?: number;
  tranerror?: number;
  /** Operations under way at the reading. */
  in_flight?: bigint;
  /** Sums over all operations of the time that each took. */
  read_ns?: bigint;
  /** Sums over all operations of the time that each took. */
  write_ns?: bigint;
}

export interface Process {
  pid?: number;
  execname?: string;
  /** CPU time used by the process, in profile ticks: 4999 per second of CPU. Wraps. */
  usage?: number;
  /** The core it ran on last. */
  cpu?: number;
  rss?: bigint;
  threads?: number;
}

export interface CallFreq {
  name: string;
  /** Lower bound of the bucket, nanoseconds. */
  time?: bigint;
  value?: number;
}

export interface Cpuqueue {
  core?: number;
  length?: number;
  /** How often the queue was seen at this length; wraps. */
  amount?: number;
}

/** How well the host's clock is known, asked of the kernel or the time daemon about once a minute. */
export interface Clock {
  synchronized?: boolean;
  estimated_error_us?: bigint;
  max_error_us?: bigint;
}

/** Pressure stall information: how long tasks waited for a resource. */
export interface Pressure {
  /** cpu, memory or io. */
  resource?: string;
  /** Running totals of the time in which some, or all, tasks waited. */
  some_us?: bigint;
  /** Running totals of the time in which some, or all, tasks waited. */
  full_us?: bigint;
  /** The kernel's own averages over 10 seconds, in hundredths of a percent. */
  some_avg10?: number;
  /** The kernel's own averages over 10 seconds, in hundredths of a percent. */
  full_avg10?: number;
}

export type SourceState = 'STARTING' | 'ACTIVE' | 'DEGRADED' | 'DISABLED' | 'FAILED';

/** One of the agent's sources, as it stood when this packet was made. */
export interface Source {
  name: string;
  state?: SourceState;
  /** The window in which it last read, on the monotonic clock of mono_ns. */
  begin_ns?: bigint;
  /** The window in which it last read, on the monotonic clock of mono_ns. */
  end_ns?: bigint;
  /** What that reading took. */
  cost_us?: number;
  /** How late that reading began. */
  lateness_ns?: bigint;
  /** The interval that it keeps at present. */
  interval_us?: number;
  /** True when that reading belongs to an earlier tick than this packet's. */
  late?: boolean;
  restarts?: number;
  /** Running totals since the agent started, over all restarts. */
  missed_ticks?: bigint;
  /** Running totals since the agent started, over all restarts. */
  dropped_frames?: bigint;
  /** Running totals since the agent started, over all restarts. */
  dropped_samples?: bigint;
  /** Running totals since the agent started, over all restarts. */
  read_errors?: bigint;
  /** Running totals since the agent started, over all restarts. */
  parse_errors?: bigint;
  /** Running totals since the agent started, over all restarts. */
  lost_events?: bigint;
  /** Running totals since the agent started, over all restarts. */
  clock_steps?: bigint;
  /** Frames whose gauges a later frame replaced before a packet carried them. */
  superseded_frames?: bigint;
  /** Most of its ring ever in use, in thousandths. */
  ring_fill_max?: number;
  /** Why it is degraded, disabled or failed, or what it does without. */
  detail?: string;
}

export interface Load {
  /** Load averages in hundredths. */
  avg1?: number;
  /** Load averages in hundredths. */
  avg5?: number;
  /** Load averages in hundredths. */
  avg15?: number;
  /** Tasks that run or could, and tasks that wait for I/O. */
  running?: number;
  /** Tasks that run or could, and tasks that wait for I/O. */
  blocked?: number;
}

/** Running totals of the kernel's work on the whole host. */
export interface Kernel {
  context_switches?: bigint;
  interrupts?: bigint;
  softirqs?: bigint;
  forks?: bigint;
}

/** Running totals of paging on the whole host, in pages unless said. */
export interface Vm {
  pgpgin_bytes?: bigint;
  pgpgout_bytes?: bigint;
  pswpin?: bigint;
  pswpout?: bigint;
  pgscan?: bigint;
  pgsteal?: bigint;
  allocstall?: bigint;
  oom_kill?: bigint;
}

/** A zone's CPU time as a whole. */
export interface CpuTime {
  usage_ns?: bigint;
  user_ns?: bigint;
  system_ns?: bigint;
  /** Enforcement periods of its quota, those in which it was throttled, and for how long. */
  periods?: bigint;
  /** Enforcement periods of its quota, those in which it was throttled, and for how long. */
  throttled_periods?: bigint;
  /** Enforcement periods of its quota, those in which it was throttled, and for how long. */
  throttled_ns?: bigint;
}

/** The agent itself, on the slower cadence of its source `self`. */
export interface Agent {
  cpu_user_us?: bigint;
  cpu_system_us?: bigint;
  rss?: bigint;
  heap_used?: bigint;
  heap_total?: bigint;
  external?: bigint;
  gc_count?: bigint;
  gc_ns?: bigint;
  gc_max_ns?: bigint;
  /** How long readings that were complete waited for the main thread, in the last second. */
  loop_delay_p50_ns?: bigint;
  /** How long readings that were complete waited for the main thread, in the last second. */
  loop_delay_p99_ns?: bigint;
  /** How long readings that were complete waited for the main thread, in the last second. */
  loop_delay_max_ns?: bigint;
  /** How long readings that were complete waited for the main thread, in the last second. */
  packets?: bigint;
  /** How long readings that were complete waited for the main thread, in the last second. */
  packet_bytes?: bigint;
  /** Packets that the socket did not take. */
  send_failures?: bigint;
  /** Zones that packets go out for, the host included. */
  zones?: bigint;
}

export interface Packet {
  /** The zone's name; `global` is the host. */
  name: string;
  /** Wall clock of the tick, whole seconds since the epoch. */
  time: bigint;
  /** Profile ticks (4999 per second) since the agent started, from the clock. Wraps. */
  ticks?: number;
  /** As counted at the reading. */
  threads?: number;
  /** As counted at the reading. */
  processes?: number;
  cpu: Cpu[];
  /** Exactly one. */
  mem: Mem[];
  /** One per interface in the global packet; at least one, maybe empty, in a zone's. */
  net: Net[];
  disk: Disk[];
  process: Process[];
  callfreq: CallFreq[];
  /** In the global packet only: every zone's name. */
  zonename: string[];
  cpuqueue: Cpuqueue[];
  /** Name of the host. */
  host?: string;
  /** Identifies one run of one publisher. */
  epoch?: bigint;
  /** 1, 2, 3 … for the packets of this zone: a jump forward means packets lost on the way. */
  seq?: bigint;
  /** Wall clock of the tick, nanoseconds since the epoch, and the monotonic clock at the same moment. */
  time_ns?: bigint;
  /** Wall clock of the tick, nanoseconds since the epoch, and the monotonic clock at the same moment. */
  mono_ns?: bigint;
  /** Wall clock of the tick divided by the interval: the same number on every host with the same interval. */
  tick?: bigint;
  interval_us?: number;
  /** How late the latest of the sources in this packet began to read. */
  lateness_ns?: bigint;
  /** Ticks without a packet, and samples dropped, since the agent started. */
  missed?: bigint;
  /** Ticks without a packet, and samples dropped, since the agent started. */
  dropped?: bigint;
  clock?: Clock;
  /** host, docker, podman, containerd, kubernetes, lxc, nspawn, systemd, cgroup. */
  kind?: string;
  /** What is unique about the zone on its host: the cgroup path. */
  id?: string;
  /** Inode of the cgroup directory; on cgroup v2 the kernel's cgroup id. */
  inode?: bigint;
  container_id?: string;
  pressure: Pressure[];
  /** In the global packet only. */
  source: Source[];
  load?: Load;
  kernel?: Kernel;
  vm?: Vm;
  cpu_time?: CpuTime;
  /** Most threads that the zone may have. */
  threads_cap?: bigint;
  agent?: Agent;
}
