// The PUB socket: binds, sends one frame per packet, closes. Main thread only, since a worker that ends with a socket
// waiting takes the process down. Sending never blocks: a slow subscriber loses messages beyond its high-water mark,
// which it sees as gaps in `seq`.

import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
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

/** libzmq gives a port back a moment after it was unbound; so long a bind that finds it in use tries again, this often. */
const RELEASE_MS = 200;
const RELEASE_RETRY_MS = 5;

export class Publisher {
  readonly #socket: PubSocket;
  readonly #onSendFailure: () => void;
  /** Endpoints as they were asked for, and as libzmq knows them: `*` and names of interfaces it takes only to bind. */
  readonly #bound = new Map<string, string>();
  /** Messages that came while an endpoint was being bound or unbound: the socket throws at a send then. */
  #held: Uint8Array[] | undefined;
  #releasedByMs = 0;
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
    return [...this.#bound.keys()];
  }

  /**
   * Makes the bound endpoints those of `endpoints`. Subscribers at an endpoint that stays are not disturbed.
   * @throws BindError; what was bound before is bound then
   */
  async rebind(endpoints: readonly string[]): Promise<{ added: readonly string[]; removed: readonly string[] }> {
    const added = endpoints.filter((endpoint) => !this.#bound.has(endpoint));
    const removed = this.endpoints.filter((endpoint) => !endpoints.includes(endpoint));
    // The port may be wanted at another address: then its old one has to go first.
    const inTheWay = removed.filter((endpoint) => added.some((other) => portOf(other) === portOf(endpoint)));
    for (const endpoint of inTheWay) await this.unbind(endpoint);
    try {
      for (const endpoint of added) await this.bind(endpoint);
    } catch (error) {
      for (const endpoint of added) if (this.#bound.has(endpoint)) await this.unbind(endpoint);
      for (const endpoint of inTheWay) await this.bind(endpoint);
      throw error;
    }
    for (const endpoint of removed) if (this.#bound.has(endpoint)) await this.unbind(endpoint);
    return { added, removed };
  }

  /** @throws BindError; what was bound before stays bound */
  async bind(endpoint: string): Promise<void> {
    if (endpoint.startsWith('ipc://')) await refuseLiveSocket(endpoint);
    while (!(await this.#tryBind(endpoint))) await pause(RELEASE_RETRY_MS);
    this.#bound.set(endpoint, this.#socket.lastEndpoint ?? endpoint);
  }

  /** @returns false when the port may be one of our own that is not free yet. @throws BindError */
  async #tryBind(endpoint: string): Promise<boolean> {
    try {
      await this.#holding(() => this.#socket.bind(endpoint));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && performance.now() < this.#releasedByMs) return false;
      throw new BindError(explain(endpoint, error as NodeJS.ErrnoException));
    }
  }

  async unbind(endpoint: string): Promise<void> {
    await this.#holding(() => this.#socket.unbind(this.#bound.get(endpoint) ?? endpoint));
    this.#bound.delete(endpoint);
    this.#releasedByMs = performance.now() + RELEASE_MS;
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

/** `:7211`; of an ipc endpoint, which has none, itself. */
function portOf(endpoint: string): string {
  return (endpoint.startsWith('tcp://') && /:\d+$/.exec(endpoint)?.[0]) || endpoint;
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
