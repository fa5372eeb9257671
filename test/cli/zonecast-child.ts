// Runs the built command line as a child process, as a user would, in an environment without ZONECAST_* of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';

const EXECUTABLE = fileURLToPath(new URL('../../src/main/cli/zonecast.js', import.meta.url));

export class ZonecastChild {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ZONECAST_'));
    this.process = spawn(process.execPath, [EXECUTABLE, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...environment },
    });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.process, 'close');
  }

  /** The exit code, once the process is gone and its output read; null when a signal ended it. */
  async exit(): Promise<number | null> {
    await this.#closed;
    return this.process.exitCode;
  }

  /** Waits until stderr matches. Fails at once when the process ends without that. */
  async logged(pattern: RegExp): Promise<void> {
    await until(() => {
      if (pattern.test(this.stderr)) return true;
      if (this.process.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${this.stderr}`);
      return false;
    }, `${pattern} on stderr`);
  }

  /** For cleaning up after a test that failed. */
  kill(): void {
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
  }
}
