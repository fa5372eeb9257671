// Shared by the declarations of the sources that fill fields of the host alone. Loaded for docs and doctor, too.

import type { FieldDeclaration, Unit } from './source.js';

/** Declares fields that only the host's packet has. @param origins where each comes from on Linux, by its path */
export function hostFields(
  kind: FieldDeclaration['kind'],
  unit: Unit,
  absent: string,
  origins: Readonly<Record<string, string>>,
): FieldDeclaration[] {
  return Object.entries(origins).map(([path, origin]) => ({
    path,
    kind,
    unit,
    scope: 'global',
    origin: { linux: origin },
    absent,
  }));
}
