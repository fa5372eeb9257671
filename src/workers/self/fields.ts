// What the source `self` can fill, for docs/FIELDS.md and `zonecast doctor`. Declarations only.

import { hostFields } from '../host-fields.js';
import type { FieldDeclaration } from '../source.js';

const ABSENT = 'In ticks between two readings of this source (1 s).';
const CLOCK_ABSENT =
  'In ticks between two answers (1 min), and where no chronyc, adjtimex or timedatectl is installed and answers.';

export const SELF_FIELDS: readonly FieldDeclaration[] = [
  ...hostFields('counter', 'microseconds', ABSENT, {
    'agent.cpu_user_us': 'getrusage of the whole process',
    'agent.cpu_system_us': 'getrusage of the whole process',
  }),
  ...hostFields('gauge', 'bytes', ABSENT, {
    'agent.rss': 'resident memory of the whole process',
    'agent.heap_used': 'JavaScript heap of the main thread',
    'agent.heap_total': 'JavaScript heap of the main thread',
    'agent.external': 'memory outside the heap that the main thread holds',
  }),
  ...hostFields('counter', 'events', ABSENT, { 'agent.gc_count': 'garbage collections of the main thread' }),
  ...hostFields('counter', 'nanoseconds', ABSENT, { 'agent.gc_ns': 'garbage collections of the main thread' }),
  ...hostFields('gauge', 'nanoseconds', ABSENT, {
    'agent.gc_max_ns': 'longest garbage collection of the main thread',
    'agent.loop_delay_p50_ns': 'event loop of the main thread, over the last second',
    'agent.loop_delay_p99_ns': 'event loop of the main thread, over the last second',
    'agent.loop_delay_max_ns': 'event loop of the main thread, over the last second',
  }),
  ...hostFields('counter', 'packets', ABSENT, { 'agent.packets': 'packets handed to the socket' }),
  ...hostFields('counter', 'bytes', ABSENT, { 'agent.packet_bytes': 'bytes handed to the socket' }),
  ...hostFields('counter', 'errors', ABSENT, { 'agent.send_failures': 'packets that the socket did not take' }),
  ...hostFields('gauge', 'none', ABSENT, { 'agent.zones': 'zones at present, the host among them' }),
  ...hostFields('gauge', 'none', CLOCK_ABSENT, { 'clock.synchronized': 'chronyc, adjtimex or timedatectl' }),
  ...hostFields('gauge', 'microseconds', CLOCK_ABSENT, {
    'clock.estimated_error_us': 'chronyc: RMS offset; adjtimex: esterror',
    'clock.max_error_us': 'chronyc: |system time| + root dispersion + root delay / 2; adjtimex: maxerror',
  }),
];
