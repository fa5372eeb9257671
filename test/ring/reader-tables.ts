// What a reader of the ring keeps: which numbers are in use, in which generation, in which zone. Throws when a definition
// could not be kept by a real reader.

import assert from 'node:assert/strict';
import type { Definition } from '../../src/ring/definition.js';

export class ReaderTables {
  readonly #known = { zone: new Map<number, number>(), series: new Map<number, number>() };
  readonly #zoneOfSeries = new Map<number, number>();
  readonly #everDefined = new Set<string>();

  learn(definition: Definition): void {
    const { number, generation } = definition;
    const known = definition.kind.endsWith('Zone') ? this.#known.zone : this.#known.series;
    if (definition.kind.startsWith('define')) {
      assert.ok(!known.has(number), `number ${number} is defined while it is in use`);
      known.set(number, generation);
    } else {
      assert.equal(known.get(number), generation, `number ${number} ends in the generation it was defined in`);
      known.delete(number);
    }
    if (definition.kind === 'defineSeries') {
      assert.ok(this.#known.zone.has(definition.zone), 'a series is defined in a zone that is defined');
      this.#zoneOfSeries.set(number, definition.zone);
      this.#everDefined.add(`${number}.${generation}`);
    }
    if (definition.kind === 'endSeries') this.#zoneOfSeries.delete(number);
    if (definition.kind === 'endZone') {
      assert.ok(![...this.#zoneOfSeries.values()].includes(number), 'a zone ends after its series');
    }
  }

  /** A sample's series must have been defined in its generation, at this frame or before. */
  expectDefined(series: number, generation: number): void {
    assert.ok(this.#everDefined.has(`${series}.${generation}`), 'a series is defined before its first sample');
  }
}
