// `zonecast tail`: prints packets as they come, and at the end what was lost. Runs in a process of its own, apart from any
// agent. It waits for a slow stdout, and what gives way meanwhile is counted.

import { once } from 'node:events';
import { decodePacket, type Frame, PacketError, type SubscriptionStats, subscribe } from '../client/subscribe.js';
import { packetJson, packetText, printable } from './packet-text.js';
import { EXIT } from './usage-error.js';

export interface TailOptions {
  readonly connect: readonly string[];
  /** Only this zone's packets. */
  readonly zone?: string;
  /** One JSON object a line instead of protobuf's text format. */
  readonly json: boolean;
  /** End after this many packets. */
  readonly count?: number;
}

export interface TailStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Without any packet for so long, the user is told where it listens. */
const SILENCE_MS = 5000;

/**
 * Prints packets until `count` of them, the signal, or a reader of stdout that has gone (`| head`); then what was lost.
 * @returns the exit code
 */
export async function tail(options: TailOptions, { stdout, stderr, signal }: TailStreams): Promise<number> {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let writeError: NodeJS.ErrnoException | undefined;
  // Stays on: a write that is under way when we end may still fail.
  stdout.on('error', (error) => {
    writeError ??= error;
    end();
  });
  const silence = setTimeout(() => {
    stderr.write(`no packet yet from ${options.connect.join(', ')}: does an agent publish there?\n`);
  }, SILENCE_MS);
  const { connect, zone } = options;
  const subscription = subscribe({
    connect,
    signal: stop.signal,
    ...(zone === undefined ? {} : { zones: [zone] }),
  });
  const counts = { printed: 0, undecodable: 0 };
  for await (const frame of subscription.frames()) {
    clearTimeout(silence);
    const text = frameText(frame, options.json);
    if (text === undefined) {
      counts.undecodable++;
      continue;
    }
    const taken = stdout.write(text);
    if (++counts.printed === options.count) break;
    if (!taken) await drained(stdout, stop.signal);
  }
  clearTimeout(silence);
  signal.removeEventListener('abort', end);
  stderr.write(summary(counts.printed, counts.undecodable, subscription.stats));
  // A reader that has gone has what it wanted.
  if (writeError === undefined || writeError.code === 'EPIPE') return EXIT.ok;
  stderr.write(`can't write: ${writeError.message}\n`);
  return EXIT.failure;
}

/** @returns undefined for a frame that is no packet */
function frameText({ bytes, receivedMs }: Frame, json: boolean): string | undefined {
  try {
    const packet = decodePacket(bytes);
    if (json) return `${packetJson(packet)}\n`;
    return `# ${bytes.length} bytes, received ${new Date(receivedMs).toISOString()}\n${packetText(packet)}\n`;
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

async function drained(stream: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  // An end while waiting is no failure; a stream that failed has said so to its own listener.
  await once(stream, 'drain', { signal }).catch(() => undefined);
}

function summary(printed: number, undecodable: number, stats: SubscriptionStats): string {
  const counts = [`${printed} ${printed === 1 ? 'packet' : 'packets'}`, `${stats.lost} lost on the way`];
  if (stats.dropped > 0) counts.push(`${stats.dropped} dropped here since stdout was slow`);
  if (stats.restarts > 0) counts.push(`${stats.restarts} restarts`);
  if (stats.undecodable + undecodable > 0) counts.push(`${stats.undecodable + undecodable} messages were no packets`);
  const gaps = stats.gaps.map(({ host, zone, lost }) => `  ${printable(host)} ${printable(zone)}: ${lost} lost\n`);
  return `${counts.join(', ')}\n${gaps.join('')}`;
}
