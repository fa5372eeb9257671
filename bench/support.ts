// What the benches share: contenders measured in turn, round by round, so that a slow moment of the machine hits them
// all; medians; and the text of a ratio.

export interface Measured {
  readonly median: number;
  /** Lowest and highest of the rounds. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Measures every contender once per round, in turn.
 * @param contenders each returns one measurement, a rate or a cost
 * @param options `discardFirst` (the default): a round before the others warms up and is thrown away
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, () => number | Promise<number>>>,
  rounds: number,
  options: { readonly discardFirst: boolean } = { discardFirst: true },
): Promise<Record<Name, Measured>> {
  const names = Object.keys(contenders) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = options.discardFirst ? -1 : 0; round < rounds; round++) {
    for (const name of names) {
      const value = await contenders[name]();
      if (round >= 0) values.get(name)!.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, measured(values.get(name)!)])) as Record<Name, Measured>;
}

export function measured(values: readonly number[]): Measured {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), rounds: values.length };
}

/** `5.1 x (4.6 to 5.9 over 7 rounds)`: the ratio of two medians, and how far it could be off. */
export function ratioText(ours: Measured, reference: Measured): string {
  const text = (value: number): string => value.toPrecision(2);
  const low = ours.low / reference.high;
  const high = ours.high / reference.low;
  return `${text(ours.median / reference.median)} x (${text(low)} to ${text(high)} over ${ours.rounds} rounds)`;
}
