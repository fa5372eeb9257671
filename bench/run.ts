// `npm run bench [-- NAME…]`: runs the named benches, or all of them. Each answers one question and prints one line per
// ratio, against a reference measured in the same run: the machine's own speed cancels out.

const BENCHES = ['ring', 'encode', 'msgpack', 'lateness', 'agent'] as const;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(BENCHES as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : BENCHES) {
  const bench = (await import(`./${name}.js`)) as { run(): Promise<void> };
  await bench.run();
}
