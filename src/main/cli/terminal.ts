// Standard output and error as the agent uses them: log lines and a status line that share one terminal, and packets as text
// on a pipe whose reader may be slow. Main thread; never waits for a reader of a pipe, and never fails when one goes away.

import type { Writable } from 'node:stream';

/**
 * Has writes to a terminal return at once, as those to a pipe do. Node makes them wait, so that a terminal that was stopped
 * (Ctrl-S) would stop the whole agent. Node has no public call for it; where the handle lacks the method all stays as it was.
 */
export function unblockTerminal(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  const { _handle: handle } = stream as { _handle?: { setBlocking?(blocking: boolean): void } };
  handle?.setBlocking?.(false);
}

/** Text that may wait for a slow reader of stdout before more of it is left out. */
export const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** One line at the bottom of a terminal, rewritten in place; other lines are printed above it. */
export class StatusLine {
  readonly #write: (text: string) => void;
  #shown = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Shows `line` instead of what was shown. It must be narrower than the terminal, or it would wrap. */
  draw(line: string): void {
    if (line === this.#shown) return;
    this.#write(`\r${line}\x1b[K`);
    this.#shown = line;
  }

  /** Runs `print`, whose output appears above the line. */
  above(print: () => void): void {
    if (this.#shown !== '') this.#write('\r\x1b[K');
    print();
    if (this.#shown !== '') this.#write(this.#shown);
  }

  /** Leaves what is shown and puts the cursor below it, for the shell's prompt. */
  end(): void {
    if (this.#shown !== '') this.#write('\n');
    this.#shown = '';
  }
}

/** What is printed on stdout, which may come faster than its reader takes it. */
export class TextOutput {
  /** Pieces left out because the reader was too slow. */
  skipped = 0;
  readonly #stream: Writable;
  #closed = false;

  /** `onClosed` is called once when the reader has gone away; what is written after that goes nowhere. */
  constructor(stream: Writable, onClosed: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#closed) onClosed(error);
      this.#closed = true;
    });
  }

  /** Bytes that wait for the reader. */
  get waiting(): number {
    return this.#stream.writableLength;
  }

  /** Queues the text; it is left out, and counted, when too much is waiting already. */
  write(text: string): void {
    if (this.#closed) return;
    if (this.waiting > MOST_WAITING_BYTES) this.skipped++;
    else this.#stream.write(text);
  }
}
