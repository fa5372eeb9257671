// /proc/net/dev: the interfaces of the host. One record per interface: a long list comes in pages.

import { existsSync } from 'node:fs';
import { Interfaces } from '../linux/net-dev.js';
import type { Host } from './host.js';
import type { ProcFile } from './proc-reader.js';

export class NetDev implements ProcFile {
  readonly path: string;
  readonly single = false;
  readonly everyMs: number;
  readonly #host: Host;
  readonly #interfaces: Interfaces;

  constructor(host: Host, everyMs: number) {
    // `net` is the network namespace of whoever reads it; the host's is that of its first process.
    const ofInit = `${host.paths.procfs}/1/net/dev`;
    this.path = existsSync(ofInit) ? ofInit : `${host.paths.procfs}/net/dev`;
    this.everyMs = everyMs;
    this.#host = host;
    this.#interfaces = new Interfaces(host);
  }

  parse(): boolean {
    return this.#interfaces.parse(this.#host.scanner);
  }
}
