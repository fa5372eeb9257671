// The client library, `zonecast/client`: packets of one or more agents as an async iterator. Owns the SUB socket of a
// consumer's process; loads zeromq, the wire code and the schema, nothing of the agent. Reconnects by itself.

import { Subscriber } from 'zeromq';
import { decodePacket, PacketError } from '../wire/decode.js';
import type { Packet } from '../wire/packet.js';
import { peekHeader } from '../wire/peek.js';
import { zonePrefixes } from '../wire/zone-filter.js';
import { checkEndpoint } from './endpoint.js';
import { type Frame, FrameQueue } from './frame-queue.js';
import { GapTracker, type ZoneGap } from './gap-tracker.js';

export { decodePacket, PacketError } from '../wire/decode.js';
export type * from '../wire/packet.js';
export type { Frame } from './frame-queue.js';
export type { ZoneGap } from './gap-tracker.js';

export interface SubscribeOptions {
  /** Where agents publish: `tcp://127.0.0.1:7211`, `tcp://[::1]:7211`, `ipc:///run/zonecast.sock`. One or several. */
  readonly connect: string | readonly string[];
  /**
   * Exact names of the zones to receive; all when left out. `global` is the host. Agents that cast the protobuf form send
   * nothing else; the msgpack form can only be sifted here, after the network.
   */
  readonly zones?: readonly string[];
  /** Packets to hold for a consumer that is behind, 10,000 unless told. Beyond them the oldest gives way. */
  readonly queue?: number;
  /** Ends the iteration, as `close` does. */
  readonly signal?: AbortSignal;
}

/** Totals since `subscribe`. */
export interface SubscriptionStats {
  /** Packets that arrived, and their bytes. */
  readonly received: number;
  readonly bytes: number;
  /** Packets lost between an agent and here, by their sequence numbers; and by zone. */
  readonly lost: number;
  readonly gaps: readonly ZoneGap[];
  /** Packets that gave way in the queue: the consumer was behind. */
  readonly dropped: number;
  /** Messages that are no packets. */
  readonly undecodable: number;
  /** Times that a zone or an agent began anew; neither is a gap. */
  readonly restarts: number;
}

const QUEUE = 10_000;
const QUEUE_MAX = 10_000_000;

/** A global packet names every zone: this is some 500,000 of them. What is larger is no packet, and memory is finite. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** ZMQ_SNDHWM: a subscription is a message that the socket sends. */
const SEND_HIGH_WATER_MARK = 23;

class SubscriptionSocket extends Subscriber {
  constructor(queue: number) {
    super({
      ipv6: true,
      linger: 0,
      receiveHighWaterMark: queue,
      maxMessageSize: MESSAGE_BYTES_MAX,
      reconnectInterval: 100,
      reconnectMaxInterval: 2000,
      // A publisher that vanished without a word is noticed, and looked for again.
      heartbeatInterval: 2000,
      heartbeatTimeout: 6000,
    });
    // Unlimited: at its default the socket silently keeps no more than 1,000 prefixes.
    this.setInt32Option(SEND_HIGH_WATER_MARK, 0);
  }
}

/**
 * Begins to receive at once, whether anyone listens there yet or not. A process with an open subscription stays alive.
 * @throws TypeError for an endpoint, a zone or a queue that can't be
 */
export function subscribe(options: SubscribeOptions): Subscription {
  return new Subscription(options);
}

/**
 * Packets in the order in which they arrived. Leaving the loop closes it:
 *
 *     for await (const packet of subscribe({ connect: 'tcp://127.0.0.1:7211' })) console.log(packet.name);
 *
 * Several loops over one subscription share its packets: each goes to one of them.
 */
export class Subscription implements AsyncIterable<Packet> {
  readonly #socket: SubscriptionSocket;
  readonly #queue: FrameQueue;
  readonly #tracker = new GapTracker();
  /** Zones to keep of a form that no prefix can filter. */
  readonly #zones: ReadonlySet<string> | undefined;
  /** Loops that wait for a frame. */
  readonly #waiting: (() => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.close();
  #received = 0;
  #bytes = 0;
  #undecodable = 0;
  #closed = false;
  #failure: unknown;

  constructor({ connect, zones, queue = QUEUE, signal }: SubscribeOptions) {
    const endpoints = typeof connect === 'string' ? [connect] : connect;
    if (!Array.isArray(endpoints) || endpoints.length === 0) throw new TypeError('connect needs an endpoint');
    for (const endpoint of endpoints) checkEndpoint(endpoint);
    if (!Number.isInteger(queue) || queue < 1 || queue > QUEUE_MAX) {
      throw new TypeError(`queue must be a whole number from 1 to ${QUEUE_MAX}, got ${queue}`);
    }
    const prefixes = zones === undefined ? undefined : zonePrefixes(zones);
    this.#zones = zones === undefined ? undefined : new Set(zones);
    this.#queue = new FrameQueue(queue);
    this.#signal = signal;
    this.#socket = new SubscriptionSocket(queue);
    if (prefixes === undefined) this.#socket.subscribe();
    else for (const prefix of prefixes) this.#socket.subscribe(Buffer.from(prefix));
    for (const endpoint of endpoints) this.#socket.connect(endpoint);
    if (signal?.aborted === true) this.close();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    void this.#receive();
  }

  get stats(): SubscriptionStats {
    return {
      received: this.#received,
      bytes: this.#bytes,
      lost: this.#tracker.lost,
      gaps: this.#tracker.gaps(),
      dropped: this.#queue.dropped,
      undecodable: this.#undecodable,
      restarts: this.#tracker.restarts,
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Packet, void, void> {
    for await (const { bytes } of this.frames()) {
      let packet: Packet;
      try {
        packet = decodePacket(bytes);
      } catch (error) {
        if (!(error instanceof PacketError)) throw error;
        this.#undecodable++;
        continue;
      }
      yield packet;
    }
  }

  /** Packets as they arrived, not decoded: for a recorder, a relay, or whoever wants a few of many. */
  async *frames(): AsyncGenerator<Frame, void, void> {
    try {
      for (;;) {
        const frame = this.#closed ? undefined : this.#queue.shift();
        if (frame !== undefined) yield frame;
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      this.close();
    }
  }

  /** Ends every loop over it; what is still queued is let go. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.close();
    this.#wake();
  }

  async #receive(): Promise<void> {
    try {
      while (!this.#closed) this.#take(await this.#socket.receive());
    } catch (error) {
      if (this.#closed) return;
      this.#failure = error;
      this.#wake();
    }
  }

  #take(parts: readonly Uint8Array[]): void {
    const bytes = parts[0]!;
    const header = parts.length === 1 ? peekHeader(bytes) : undefined;
    if (header === undefined) {
      this.#undecodable++;
      return;
    }
    if (this.#zones !== undefined && !this.#zones.has(header.name)) return;
    this.#received++;
    this.#bytes += bytes.length;
    this.#tracker.observe(header);
    this.#queue.push({ bytes, receivedMs: Date.now() });
    this.#waiting.shift()?.();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
