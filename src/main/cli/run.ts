// `zonecast run`: the agent from the first line of its log to its last. Main thread. Owns the signals, the status line and
// the minute's summary; the agent itself knows nothing of terminals or processes.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, AgentStartError } from '../agent.js';
import type { AgentStatus } from '../agent-config.js';
import { createLog, type Log } from './logging.js';
import { OPTION_NAMES, optionOf } from './options.js';
import { createPrinter } from './packet-printer.js';
import {
  changedSettings,
  type Environment,
  type FlagValues,
  type ResolvedSettings,
  resolveSettings,
  toAgentConfig,
} from './settings.js';
import { ratesBetween, sourceStates, statusLine, summaryData } from './status-text.js';
import { StatusLine, TextOutput, unblockTerminal } from './terminal.js';
import { EXIT, UsageError } from './usage-error.js';
import { isReachable } from './values.js';

const REDRAW_MS = 500;
const SUMMARY_MS = 60_000;
/** How long the sources get to open before the line that says what runs. */
const SETTLE_MS = 2000;
/** A signal must end the process within a second, also when something doesn't let go: so long for the agent to stop. */
const STOP_DEADLINE_MS = 700;
/** Then so long for Node to exit before the process is killed: it only takes longer where a thread hangs in the kernel. */
const EXIT_DEADLINE_S = 0.5;

/** @returns the exit code; the process may end by itself after that. @throws UsageError before anything is started */
export async function run(flags: FlagValues, environment: Environment): Promise<number> {
  return new Session(flags, environment).run();
}

class Session {
  readonly #flags: FlagValues;
  readonly #environment: Environment;
  readonly #log: Log;
  readonly #output: TextOutput;
  readonly #statusLine: StatusLine | undefined;
  readonly #agent: Agent;
  readonly #stopped: Promise<string>;
  #resolved: ResolvedSettings;
  #stop: (reason: string) => void = () => {};
  #stopping = false;
  #exitCode: number = EXIT.ok;
  #reloading: Promise<void> = Promise.resolve();
  #lastStatus: AgentStatus | undefined;

  constructor(flags: FlagValues, environment: Environment) {
    this.#flags = flags;
    this.#environment = environment;
    this.#resolved = resolveSettings(flags, environment);
    const { settings } = this.#resolved;
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#output = new TextOutput(process.stdout, ({ code }) => this.#stop(`nobody reads stdout any more (${code})`));
    const prints = settings.verbose || settings.vlite;
    if (process.stdout.isTTY && environment['TERM'] !== 'dumb' && !prints)
      this.#statusLine = new StatusLine((text) => this.#output.write(text));
    unblockTerminal(process.stdout);
    unblockTerminal(process.stderr);
    // A log that nobody can read is no reason to stop casting.
    process.stderr.on('error', () => {});
    this.#log = createLog({
      level: settings['log-level'],
      json: settings['log-json'],
      write: (line) => this.#writeLog(line),
    });
    const printer = prints ? createPrinter(settings.verbose, (text) => this.#output.write(text)) : undefined;
    this.#agent = new Agent(toAgentConfig(settings), this.#log, {
      ...(printer === undefined ? {} : { onPacket: printer }),
      onFailure: (error) => this.#failed(error),
    });
  }

  async run(): Promise<number> {
    this.#handleSignals();
    try {
      await this.#agent.start();
    } catch (error) {
      await this.#agent.stop();
      if (!(error instanceof AgentStartError)) throw error;
      process.stderr.write(`zonecast: ${error.message}\n`);
      return EXIT.failure;
    }
    const timers = [this.#startReports(), ...this.#startDuration()];
    await Promise.race([this.#announce(), this.#stopped]);
    const reason = await this.#stopped;
    for (const timer of timers) clearInterval(timer);
    await this.#finish(reason);
    return this.#exitCode;
  }

  #failed(error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.#log.error('a defect of zonecast: no packet goes out any more', { stack });
    this.#exitCode = EXIT.failure;
    this.#stop('a defect');
  }

  #writeLog(line: string): void {
    const write = () => void process.stderr.write(line);
    if (this.#statusLine !== undefined && process.stderr.isTTY) this.#statusLine.above(write);
    else write();
  }

  #handleSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (this.#stopping) exitNow();
        this.#stopping = true;
        setTimeout(exitNow, STOP_DEADLINE_MS).unref();
        this.#stop(signal);
      });
    }
    process.on('SIGHUP', () => {
      this.#reloading = this.#reloading.then(() => this.#reload());
    });
  }

  #startDuration(): NodeJS.Timeout[] {
    const { duration } = this.#resolved.settings;
    return duration === undefined ? [] : [setTimeout(() => this.#stop('the duration is over'), duration)];
  }

  /** Says what runs, once every source has opened or said why not. */
  async #announce(): Promise<void> {
    const { settings, origins, warnings } = this.#resolved;
    for (const warning of warnings) this.#log.warn(warning);
    for (const name of OPTION_NAMES) {
      this.#log.debug(`setting ${name}`, { value: settings[name] ?? 'none', from: origins[name] });
    }
    this.#warnOfReaders();
    const startMs = performance.now();
    let status = this.#agent.status();
    while (status.sources.some(({ state }) => state === 'starting') && performance.now() - startMs < SETTLE_MS) {
      await sleep(20);
      if (this.#stopping) return;
      status = this.#agent.status();
    }
    if (status.sources.every(({ state }) => state === 'disabled')) {
      this.#log.error('no source can run here, so there is nothing to cast');
      this.#exitCode = EXIT.failure;
      this.#stop('no source can run here');
      return;
    }
    const { endpoints, format } = toAgentConfig(settings);
    this.#log.info(`casting a packet per zone every ${settings.delay} ms`, {
      to: endpoints.join(' ') || 'nobody (quiet)',
      format,
      sources: sourceStates(status.sources),
    });
    // What is missing stands in the log by now, told by the sources themselves.
    const lacking = status.sources.filter(({ detail }) => detail !== '').map(({ name }) => name);
    if (lacking.length > 0) {
      const user = process.getuid?.() === 0 ? '' : ` as uid ${process.getuid?.()}`;
      this.#log.info(
        `\`zonecast doctor\` says what ${lacking.join(' and ')} can't do here${user}, and what would help`,
      );
    }
  }

  #warnOfReaders(): void {
    const open = toAgentConfig(this.#resolved.settings).endpoints.filter(isReachable);
    if (open.length > 0) {
      this.#log.warn(`anyone who can reach ${open.join(' or ')} can read everything that is sent`);
    }
  }

  /** The status line on a terminal, the minute's summary elsewhere. */
  #startReports(): NodeJS.Timeout {
    const line = this.#statusLine;
    if (line === undefined) return setInterval(() => this.#summarize('the last minute'), SUMMARY_MS);
    return setInterval(() => {
      const now = this.#agent.status();
      const rates = ratesBetween(this.#lastStatus ?? now, now);
      this.#lastStatus = now;
      if (this.#output.waiting > 0) return;
      // The last column stays free: some terminals wrap as soon as it is filled.
      line.draw(statusLine(now, rates, Math.max(1, (process.stdout.columns || 80) - 1)));
    }, REDRAW_MS);
  }

  #summarize(message: string): void {
    const now = this.#agent.status();
    const skipped = this.#output.skipped;
    this.#log.info(message, {
      ...summaryData(this.#lastStatus ?? { ...now, uptimeMs: 0, packets: 0, packetBytes: 0 }, now),
      ...(skipped > 0 ? { packetsNotPrinted: skipped } : {}),
    });
    this.#lastStatus = now;
  }

  /** SIGHUP: the file is read again under the same command line and environment. Never ends the agent. */
  async #reload(): Promise<void> {
    if (this.#stopping) return;
    try {
      const after = keepFixed(this.#resolved, resolveSettings(this.#flags, this.#environment), this.#log);
      const changes = changedSettings(this.#resolved, after);
      if (changes.length === 0) {
        this.#log.info('configuration read again, nothing changed');
        return;
      }
      await this.#agent.reconfigure(toAgentConfig(after.settings));
      this.#resolved = after;
      for (const { text } of changes) this.#log.info(`configuration changed: ${text}`);
      this.#log.setLevel(after.settings['log-level']);
      if (changes.some(({ name }) => ['bind', 'endpoint', 'quiet'].includes(name))) this.#warnOfReaders();
    } catch (error) {
      const expected = error instanceof UsageError || error instanceof AgentStartError;
      const message = `configuration not taken over, the old one stays: ${(error as Error).message}`;
      this.#log.error(message, expected ? {} : { error });
    }
  }

  async #finish(reason: string): Promise<void> {
    this.#stopping = true;
    setTimeout(exitNow, STOP_DEADLINE_MS, this.#exitCode).unref();
    const { packets, packetBytes, missedTicks, droppedSamples, uptimeMs } = this.#agent.status();
    this.#statusLine?.end();
    this.#log.info(`stopping: ${reason}`, {
      seconds: Math.round(uptimeMs / 100) / 10,
      packets,
      packetBytes,
      missedTicks,
      droppedSamples,
      ...(this.#output.skipped > 0 ? { packetsNotPrinted: this.#output.skipped } : {}),
    });
    await this.#agent.stop();
  }
}

/** Settings that only a start can take over keep their old values, and the log says so. */
function keepFixed(before: ResolvedSettings, after: ResolvedSettings, log: Log): ResolvedSettings {
  const settings: Record<string, unknown> = { ...after.settings };
  const origins = { ...after.origins };
  for (const { name, text } of changedSettings(before, after)) {
    if (optionOf(name).fixed !== true) continue;
    log.warn(`configuration: ${text} needs a restart of the agent and is not taken over`);
    settings[name] = before.settings[name];
    origins[name] = before.origins[name];
  }
  return { settings: settings as ResolvedSettings['settings'], origins, warnings: after.warnings };
}

/**
 * Ends the process although something in it does not end. Node joins its worker threads on the way out and waits for ever
 * for one that hangs in a system call, so a second process ends us from outside if it comes to that.
 */
function exitNow(code: number = EXIT.ok): never {
  const script = `sleep ${EXIT_DEADLINE_S}; kill -9 "$0"`;
  spawn('/bin/sh', ['-c', script, String(process.pid)], { detached: true, stdio: 'ignore' }).unref();
  process.exit(code);
}
