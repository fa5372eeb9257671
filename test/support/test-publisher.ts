// An agent's socket without an agent: sends packets that a test makes up, once it knows that the subscriber is there.

import { XPublisher } from 'zeromq';
import { packetType } from '../../src/main/wire/schema.js';
import { within } from './until.js';

export class TestPublisher {
  readonly #socket = new XPublisher({ linger: 0, sendHighWaterMark: 100_000, sendTimeout: 0, ipv6: true });
  /** Subscriptions that arrived, as text after the byte that says which kind: `\x01` and the prefix. */
  readonly subscriptions: Buffer[] = [];

  /** @returns where it is bound */
  async bind(endpoint = 'tcp://127.0.0.1:*'): Promise<string> {
    await this.#socket.bind(endpoint);
    return this.#socket.lastEndpoint!;
  }

  /** Waits until so many prefixes are subscribed to. */
  async subscribed(count = 1): Promise<void> {
    while (this.subscriptions.length < count) {
      const what = `subscription ${this.subscriptions.length + 1} of ${count}`;
      const [message] = await within(this.#socket.receive(), what);
      this.subscriptions.push(message!);
    }
  }

  async send(message: Uint8Array | readonly Uint8Array[]): Promise<void> {
    await this.#socket.send(message as Buffer | Buffer[]);
  }

  close(): void {
    this.#socket.close();
  }
}

export interface Sent {
  readonly name?: string;
  readonly host?: string;
  readonly epoch?: number;
  readonly seq?: number;
  readonly mono_ns?: number;
}

/** A packet of zone `web`, number 1 of epoch 1, unless told otherwise. */
export function packetBytes(sent: Sent = {}): Buffer {
  const packet = { name: 'web', time: 1, host: 'h', epoch: 1, seq: 1, mono_ns: sent.seq ?? 1, ...sent };
  return Buffer.from(packetType.encode(packet).finish());
}
