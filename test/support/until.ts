// Waits for a condition, not for a time: looks again after short pauses and fails loudly at a deadline.

import { setTimeout as pause } from 'node:timers/promises';

/** @throws Error naming `what` when the condition does not hold within `deadlineMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await pause(5);
  }
}

/** @throws Error naming `what` when the promise does not settle within `deadlineMs` */
export async function within<Value>(promise: Promise<Value>, what: string, deadlineMs = 20_000): Promise<Value> {
  const done = new AbortController();
  const late = pause(deadlineMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}
