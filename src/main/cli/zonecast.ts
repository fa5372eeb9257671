#!/usr/bin/env node
// The executable. The process ends by itself once nothing is left to do, so that output which waits still gets out.

import { main } from './command-line.js';

process.exitCode = await main(process.argv.slice(2), process.env);
