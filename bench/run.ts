// `npm run bench [-- NAME…]`: runs the named benches, or all of them. Each answers one question and prints one line per
// ratio, against a reference measured in the same run: the machine's own speed cancels out.

const BENCHES = ['ring', 'encode', 'msgpack', 'lateness', 'agent'] as const;
/** Long ones, only run when asked for. */
const ON_DEMAND = ['soak'] as const;

const asked = process.argv.slice(2);
const known: readonly string[] = [...BENCHES, ...ON_DEMAND];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : BENCHES) {
  const bench = (await import(`./${name}.js`)) as { run(): Promise<void> };
  await bench.run();
}
