// Asks the host's time daemon or kernel, through a tool that is there, how well the clock is known. Runs the tool beside
// the source's thread and never waits for it: the answer is there at some later housekeeping. Thread of the source self.

import { type ChildProcess, execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CLOCK_TOOLS, type ClockState, type ClockTool } from './clock-state.js';

/** A tool that hasn't answered by then is ended. */
const ANSWER_MS_MAX = 2000;

/** Tools of CLOCK_TOOLS that are on the search path. */
export function clockTools(searchPath = process.env['PATH'] ?? ''): ClockTool[] {
  const directories = searchPath.split(delimiter).filter((directory) => directory !== '');
  return CLOCK_TOOLS.filter(({ command }) => directories.some((directory) => isExecutable(join(directory, command))));
}

export class ClockInquiry {
  readonly #tools: readonly ClockTool[];
  #child: ChildProcess | undefined;
  #answer: ClockState | undefined;
  #closed = false;

  constructor(tools: readonly ClockTool[] = clockTools()) {
    this.#tools = tools;
  }

  /** Starts asking, unless that is under way. Allocates; costs the start of a process. */
  ask(): void {
    if (this.#child === undefined) this.#try(0);
  }

  /** The answer that has come since the last call, if any. */
  take(): ClockState | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }

  close(): void {
    this.#closed = true;
    this.#child?.kill('SIGKILL');
  }

  /** A tool that fails (its daemon isn't running) leaves the question to the next. */
  #try(index: number): void {
    const tool = this.#tools[index];
    if (tool === undefined || this.#closed) {
      this.#child = undefined;
      return;
    }
    const options = { timeout: ANSWER_MS_MAX, killSignal: 'SIGKILL', env: { ...process.env, LC_ALL: 'C' } } as const;
    this.#child = execFile(tool.command, [...tool.args], options, (error, stdout) => {
      this.#answer = error === null ? tool.parse(stdout) : undefined;
      if (this.#answer === undefined) this.#try(index + 1);
      else this.#child = undefined;
    });
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
