// The package's own version, from the one place that has it.

import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  // From dist/src/main/cli to the package's root.
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
