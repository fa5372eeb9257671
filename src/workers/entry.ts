// The one file that the supervisor's threads load. Each call is one task of one source, in a thread of its own.

import { loadSource } from './registry.js';
import { runSource } from './runner.js';
import type { WorkerResult, WorkerTask } from './task.js';

export default async function entry(task: WorkerTask): Promise<WorkerResult> {
  const module = await loadSource(task.source);
  if (task.kind === 'probe') return { kind: 'report', report: module.probe(task.paths, task.options) };
  return runSource(module, task);
}
