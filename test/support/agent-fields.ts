// The fields that no source fills because the agent itself does: time, numbering, identity, the state of its sources.
// docs/FIELDS.md is made of these and of the sources' own declarations; a test checks them against the schema.

/** How a field of the agent's own is described; meanings stand in the schema's comments. */
export interface AgentField {
  readonly path: string;
  readonly kind: 'counter' | 'gauge' | 'label';
  readonly unit: string;
  readonly scope: 'global' | 'zone' | 'both';
  readonly origin: string;
  readonly absent: string;
}

const NEVER = 'never';
const BEFORE_READING = 'before the first reading of that source';

const field = (
  path: string,
  kind: AgentField['kind'],
  unit: string,
  scope: AgentField['scope'],
  origin: string,
  absent = NEVER,
): AgentField => ({ path, kind, unit, scope, origin, absent });

/** Totals of a source over all its restarts. */
const SOURCE_TOTALS = [
  ['missed_ticks', 'ticks'],
  ['dropped_frames', 'frames'],
  ['dropped_samples', 'samples'],
  ['read_errors', 'errors'],
  ['parse_errors', 'errors'],
  ['lost_events', 'events'],
  ['clock_steps', 'events'],
  ['superseded_frames', 'frames'],
  ['restarts', 'restarts'],
] as const;

export const AGENT_FIELDS: readonly AgentField[] = [
  field('name', 'label', 'none', 'both', "`global`; a zone's name as people know it, or its key if the name is taken"),
  field('time', 'gauge', 'seconds', 'both', "the tick's wall clock"),
  field('ticks', 'counter', 'profile ticks (4999 Hz)', 'both', 'the monotonic clock since the agent started'),
  field('zonename', 'label', 'none', 'global', 'the zone table', 'when there is no zone'),
  field('host', 'label', 'none', 'both', 'the configuration; the name of the host by default'),
  field('epoch', 'label', 'none', 'both', 'the wall clock when the agent started'),
  field('seq', 'counter', 'packets', 'both', "the agent's own count for the zone"),
  field('time_ns', 'gauge', 'nanoseconds', 'both', "the tick's wall clock"),
  field('mono_ns', 'gauge', 'nanoseconds', 'both', "the monotonic clock at the tick's time (CLOCK_MONOTONIC on Linux)"),
  field('tick', 'gauge', 'none', 'both', "the tick's wall clock divided by the interval"),
  field('interval_us', 'gauge', 'microseconds', 'both', 'the configuration'),
  field('lateness_ns', 'gauge', 'nanoseconds', 'both', 'the latest of the sources that keep the tick'),
  field('missed', 'counter', 'ticks', 'both', 'ticks between two packets'),
  field('dropped', 'counter', 'samples', 'both', 'the rings of all sources'),
  field('kind', 'label', 'none', 'both', 'the source that defines the zone'),
  field('id', 'label', 'none', 'zone', 'the source that defines the zone'),
  field('inode', 'label', 'none', 'zone', 'the source that defines the zone', 'where the zone has no directory'),
  field('container_id', 'label', 'none', 'zone', 'the source that defines the zone', 'unless the zone is a container'),
  field('source.name', 'label', 'none', 'global', 'the configuration'),
  field('source.state', 'gauge', 'none', 'global', 'the supervisor'),
  field('source.begin_ns', 'gauge', 'nanoseconds', 'global', 'the frame last taken', BEFORE_READING),
  field('source.end_ns', 'gauge', 'nanoseconds', 'global', 'the frame last taken', BEFORE_READING),
  field('source.cost_us', 'gauge', 'microseconds', 'global', "the source's worker, wall time"),
  field('source.lateness_ns', 'gauge', 'nanoseconds', 'global', 'the frame last taken', BEFORE_READING),
  field('source.interval_us', 'gauge', 'microseconds', 'global', "the source's worker; 0 while it does not run"),
  field('source.late', 'gauge', 'none', 'global', 'the frame last taken', BEFORE_READING),
  ...SOURCE_TOTALS.map(([name, unit]) => field(`source.${name}`, 'counter', unit, 'global', "the agent's own count")),
  field('source.ring_fill_max', 'gauge', 'thousandths', 'global', "the source's ring"),
  field('source.detail', 'label', 'none', 'global', 'the supervisor', 'when there is nothing to say'),
];
