// The control block: what the main thread and one worker tell each other apart from samples.
// Every cell has one writer. `command`, `stop`, `intervalUs`: the supervisor. State and counters: the worker.
// Counters are uint32 and wrap; readers take differences or accept the wrap.

import { CELL, mapRing, type StatusName } from './layout.js';

export type WorkerState = 'starting' | 'running' | 'stopped';
const STATES: readonly WorkerState[] = ['starting', 'running', 'stopped'];

/** Both sides' view of a control block. Reading or writing a cell neither blocks nor allocates. */
export class ControlBlock {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = mapRing(memory).cells;
  }

  // -- supervisor's side

  /** Asks the worker to end and wakes it. Partner: the Atomics.wait in `sleep`. */
  requestStop(): void {
    Atomics.store(this.#cells, CELL.stop, 1);
    this.#raiseCommand();
  }

  /** Sets the base interval and wakes the worker, which re-anchors to it. Partner: `sleep`, `intervalUs`. */
  setIntervalUs(intervalUs: number): void {
    Atomics.store(this.#cells, CELL.intervalUs, intervalUs);
    this.#raiseCommand();
  }

  #raiseCommand(): void {
    Atomics.add(this.#cells, CELL.command, 1);
    Atomics.notify(this.#cells, CELL.command);
  }

  // -- worker's side

  get stopRequested(): boolean {
    return Atomics.load(this.#cells, CELL.stop) !== 0;
  }

  get intervalUs(): number {
    return Atomics.load(this.#cells, CELL.intervalUs) >>> 0;
  }

  /** The number to hand to `sleep`: read it before looking at `stopRequested` and `intervalUs`, so no change is slept over. */
  get command(): number {
    return Atomics.load(this.#cells, CELL.command);
  }

  /**
   * Blocks the worker for `ms` (fractions count) or until a command newer than `seen` arrives.
   * @returns true when a command arrived. Partner: `requestStop`, `setIntervalUs`.
   */
  sleep(ms: number, seen: number): boolean {
    return Atomics.wait(this.#cells, CELL.command, seen, ms) !== 'timed-out';
  }

  setState(state: WorkerState): void {
    Atomics.store(this.#cells, CELL.state, STATES.indexOf(state));
  }

  add(name: StatusName, amount: number): void {
    const cell = CELL[name];
    Atomics.store(this.#cells, cell, (this.#cells[cell]! + amount) | 0);
  }

  set(name: StatusName, value: number): void {
    Atomics.store(this.#cells, CELL[name], value);
  }

  // -- either side

  get state(): WorkerState {
    return STATES[Atomics.load(this.#cells, CELL.state)] ?? 'starting';
  }

  /** A counter or gauge, as uint32. May be a moment old. */
  get(name: StatusName): number {
    return Atomics.load(this.#cells, CELL[name]) >>> 0;
  }
}
