// What the supervisor hands to a worker and what the worker posts back. Plain data; unions on `kind`.

import type { MessagePort } from 'node:worker_threads';
import type { HostPaths, ProbeReport, SourceOptions } from './source.js';

/** Run a source until its control block says stop, or look at what it could do. */
export type WorkerTask =
  | {
      readonly kind: 'run';
      readonly source: string;
      readonly paths: HostPaths;
      readonly options: SourceOptions;
      /** See src/ring/layout.ts. The base interval stands in its control block before the task starts. */
      readonly memory: SharedArrayBuffer;
      /** Memory of the Doorbell. */
      readonly doorbell: SharedArrayBuffer;
      /** Numbers of the agent's main thread, for the source `self`: see src/ring/agent-stats.ts. */
      readonly agentStats: SharedArrayBuffer;
      /** Where WorkerMessages go. */
      readonly port: MessagePort;
    }
  | { readonly kind: 'probe'; readonly source: string; readonly paths: HostPaths; readonly options: SourceOptions };

/** Posted while a task of kind `run` goes on. */
export type WorkerMessage =
  | { readonly kind: 'opened'; readonly pace: 'tick' | 'own' }
  /** Something the operator should read once. */
  | { readonly kind: 'note'; readonly detail: string };

/** What the task resolves to; any other end of the worker is a failure and is restarted with backoff. */
export type WorkerResult =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly remedy: string }
  | { readonly kind: 'report'; readonly report: ProbeReport };
