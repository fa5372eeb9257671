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
