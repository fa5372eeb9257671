// What an option is. Two small makers keep the types of its value and of its default in step.

import type * as v from 'valibot';
import type { SourceName } from '../../workers/source.js';
import type { ValueKind } from './values.js';

/** Also the longest time between readings. */
export const LONGEST_INTERVAL_MS = 3_600_000;

export interface Option<T = unknown> {
  readonly kind: ValueKind;
  readonly schema: v.GenericSchema<unknown, T>;
  /** Completes "give …" in an error message and stands in the documentation. */
  readonly allowed: string;
  readonly fallback: NoInfer<T> | undefined;
  /** How the default is shown where its value would not do. */
  readonly fallbackText?: string;
  readonly help: string;
  /** Placeholder of the value in help; a switch has none. */
  readonly placeholder?: string;
  readonly short?: string;
  /** Where it can stand; absent: everywhere. */
  readonly only?: 'file and environment' | 'command line and environment';
  /** A setting of one source: where in its options the value goes. */
  readonly source?: { readonly name: SourceName; readonly path: readonly [key: string, inner?: string] };
  /** True when SIGHUP can't change it while the agent runs. */
  readonly fixed?: true;
}

/** An option that always has a value. */
export function option<T>(
  definition: Option<T> & { readonly fallback: NoInfer<T> },
): Option<T> & { readonly fallback: T } {
  return definition;
}

/** An option that may be left without a value. */
export function optional<T>(definition: Omit<Option<T>, 'fallback'>): Option<T> & { readonly fallback: undefined } {
  return { ...definition, fallback: undefined };
}
