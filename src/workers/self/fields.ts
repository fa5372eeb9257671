// What the source `self` can fill, for docs/FIELDS.md and `zonecast doctor`. Declarations only.

import type { FieldDeclaration, Unit } from '../source.js';

function declare(
  kind: 'counter' | 'gauge',
  unit: Unit,
  origins: Readonly<Record<string, string>>,
  absent = 'In ticks between two readings of this source (1 s).',
): FieldDeclaration[] {
  return Object.entries(origins).map(([path, origin]) => ({
    path,
    kind,
    unit,
    scope: 'global',
    origin: { linux: origin },
    absent,
  }));
}

const CLOCK_ABSENT =
  'In ticks between two answers (1 min), and where no chronyc, adjtimex or timedatectl is installed and answers.';

export const SELF_FIELDS: readonly FieldDeclaration[] = [
  ...declare('counter', 'microseconds', {
    'agent.cpu_user_us': 'getrusage of the whole process',
    'agent.cpu_system_us': 'getrusage of the whole process',
  }),
  ...declare('gauge', 'bytes', {
    'agent.rss': 'resident memory of the whole process',
    'agent.heap_used': 'JavaScript heap of the main thread',
    'agent.heap_total': 'JavaScript heap of the main thread',
    'agent.external': 'memory outside the heap that the main thread holds',
  }),
  ...declare('counter', 'events', { 'agent.gc_count': 'garbage collections of the main thread' }),
  ...declare('counter', 'nanoseconds', { 'agent.gc_ns': 'garbage collections of the main thread' }),
  ...declare('gauge', 'nanoseconds', {
    'agent.gc_max_ns': 'longest garbage collection of the main thread',
    'agent.loop_delay_p50_ns': 'event loop of the main thread, over the last second',
    'agent.loop_delay_p99_ns': 'event loop of the main thread, over the last second',
    'agent.loop_delay_max_ns': 'event loop of the main thread, over the last second',
  }),
  ...declare('counter', 'packets', { 'agent.packets': 'packets handed to the socket' }),
  ...declare('counter', 'bytes', { 'agent.packet_bytes': 'bytes handed to the socket' }),
  ...declare('counter', 'errors', { 'agent.send_failures': 'packets that the socket did not take' }),
  ...declare('gauge', 'none', { 'agent.zones': 'zones at present, the host among them' }),
  ...declare('gauge', 'none', { 'clock.synchronized': 'chronyc, adjtimex or timedatectl' }, CLOCK_ABSENT),
  ...declare(
    'gauge',
    'microseconds',
    {
      'clock.estimated_error_us': 'chronyc: RMS offset; adjtimex: esterror',
      'clock.max_error_us': 'chronyc: |system time| + root dispersion + root delay / 2; adjtimex: maxerror',
    },
    CLOCK_ABSENT,
  ),
];
