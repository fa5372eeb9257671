// The PUB socket: binds, sends one frame per packet, closes. Main thread only, since a worker that ends with a socket
// waiting takes the process down. Sending never blocks: a slow subscriber loses messages beyond its high-water mark,
// which it sees as gaps in `seq`.

import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { context, Publisher as PubSocket } from 'zeromq';

/** Why an endpoint could not be bound, in one line for the operator. */
export class BindError extends Error {
  override readonly name = 'BindError';
}

export interface PublisherOptions {
  /** Messages that one subscriber may lag behind before the socket drops for it. */
  readonly highWaterMark: number;
  /** Called for a message that the socket did not take. */
  readonly onSendFailure: () => void;
}

/** Longest that closing may wait for messages under way, milliseconds. */
const LINGER_MS = 250;

export class Publisher {
  readonly #socket: PubSocket;
  readonly #onSendFailure: () => void;
  readonly #bound = new Set<string>();
  /** Messages that came while an endpoint was being bound or unbound: the socket throws at a send then. */
  #held: Uint8Array[] | undefined;
  #closed = false;

  constructor(options: PublisherOptions) {
    // A stalled subscriber must not keep the process from exiting.
    context.blocky = false;
    this.#onSendFailure = options.onSendFailure;
    this.#socket = new PubSocket({
      // A send then completes, or fails, before it returns: a tick's packets go out in one loop.
      sendTimeout: 0,
      linger: LINGER_MS,
      sendHighWaterMark: options.highWaterMark,
      ipv6: true,
      // Subscribers only ever send subscriptions; a larger message is an attack on our memory.
      maxMessageSize: 1024,
      handshakeInterval: 3000,
      // A frozen subscriber is let go after this, and its queue with it.
      heartbeatInterval: 2000,
      heartbeatTimeout: 6000,
    });
  }

  get endpoints(): readonly string[] {
    return [...this.#bound];
  }

  /** @throws BindError; what was bound before stays bound */
  async bind(endpoint: string): Promise<void> {
    if (endpoint.startsWith('ipc://')) await refuseLiveSocket(endpoint);
    try {
      await this.#holding(() => this.#socket.bind(endpoint));
    } catch (error) {
      throw new BindError(explain(endpoint, error as NodeJS.ErrnoException));
    }
    this.#bound.add(endpoint);
  }

  async unbind(endpoint: string): Promise<void> {
    await this.#holding(() => this.#socket.unbind(endpoint));
    this.#bound.delete(endpoint);
  }

  /**
   * Sends one packet. Never blocks. Over 128 bytes the memory is libzmq's until every peer has it: don't write to it
   * again.
   */
  send(message: Uint8Array): void {
    if (this.#held === undefined) this.#socket.send(message).catch(this.#onSendFailure);
    else this.#held.push(message);
  }

  /** Keeps the messages that come meanwhile, a millisecond's worth, and sends them after. */
  async #holding(change: () => Promise<void>): Promise<void> {
    this.#held = [];
    try {
      await change();
    } finally {
      const held = this.#held;
      this.#held = undefined;
      if (!this.#closed) for (const message of held) this.send(message);
    }
  }

  /** Gives messages under way a moment to leave. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

/** libzmq takes a live ipc path away from whoever has it, without a word. */
async function refuseLiveSocket(endpoint: string): Promise<void> {
  const path = endpoint.slice('ipc://'.length);
  if (path.startsWith('@')) return;
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new BindError(`${path} exists and is no socket: remove it or choose another --endpoint`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new BindError(`${endpoint} is in use: stop the program that has it or choose another --endpoint`);
}

function explain(endpoint: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${endpoint} is in use: stop the program that has it or choose another port with -p`;
    case 'EACCES':
      return `no permission to bind ${endpoint}: choose a port above 1023 or a path that you may write`;
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
      return `${endpoint} is no address of this host: choose one that \`ip address\` lists`;
    case 'ENOENT':
      return `${endpoint}: the directory does not exist`;
    default:
      return `can't bind ${endpoint}: ${error.message}`;
  }
}
