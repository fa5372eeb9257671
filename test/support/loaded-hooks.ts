// Module hooks that report every module a process loads, one URL a line, on file descriptor 3.

import { writeSync } from 'node:fs';
import type { LoadHook } from 'node:module';

export const load: LoadHook = (url, context, nextLoad) => {
  writeSync(3, `${url}\n`);
  return nextLoad(url, context);
};
