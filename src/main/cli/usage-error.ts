// What a person gave that can't be used: told in one line on stderr, exit code 2.

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes of every subcommand. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;
