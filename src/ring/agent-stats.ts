// Numbers of the agent's main thread, published for the source `self`. One writer (main), any reader.
// Doubles, stored and read whole on every platform Node runs on; totals since the start.

const NAMES = [
  'packets',
  'packetBytes',
  /** Packets the socket did not take. */
  'sendFailures',
  /** Ticks for which no packet went out. */
  'missedTicks',
  'zones',
  'heapUsedBytes',
  'heapTotalBytes',
  'externalBytes',
  'gcCount',
  'gcNs',
  'gcMaxNs',
  /** How long frames waited for the main thread in the last second, nanoseconds. */
  'loopDelayP50Ns',
  'loopDelayP99Ns',
  'loopDelayMaxNs',
] as const;

export type AgentStatName = (typeof NAMES)[number];

export class AgentStats {
  readonly memory: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(NAMES.length * 8)) {
    this.memory = memory;
    this.#values = new Float64Array(memory);
  }

  get(name: AgentStatName): number {
    return this.#values[NAMES.indexOf(name)]!;
  }

  set(name: AgentStatName, value: number): void {
    this.#values[NAMES.indexOf(name)] = value;
  }

  add(name: AgentStatName, amount: number): void {
    this.#values[NAMES.indexOf(name)]! += amount;
  }
}
