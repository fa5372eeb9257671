import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { type Diagnosis, diagnosisText } from '../../src/main/cli/doctor.js';
import { ZonecastChild } from './zonecast-child.js';

const DIAGNOSIS: Diagnosis = {
  zonecast: '1.2.3',
  host: 'h',
  platform: 'linux',
  arch: 'x64',
  kernel: '6.1.0',
  node: '20.1.0',
  user: { uid: 1000, name: 'ann' },
  sources: [
    { name: 'procfs', available: true, shortfalls: [] },
    {
      name: 'cgroup',
      available: true,
      shortfalls: [{ what: 'net of zones', why: 'no right', remedy: 'run as root' }],
    },
    { name: 'process', available: false, why: 'no procfs', remedy: 'mount it', shortfalls: [] },
  ],
};

test('the diagnosis for people', () => {
  assert.equal(
    diagnosisText(DIAGNOSIS),
    `zonecast  1.2.3
host      h
kernel    linux 6.1.0 x64
node      20.1.0
user      ann (uid 1000)

SOURCE    STATE
procfs    available
cgroup    available, in part
          lacks   net of zones
          why     no right
          to do   run as root
process   not available
          why     no procfs
          to do   mount it

2 of 3 sources can run here.
`,
  );
  assert.match(diagnosisText({ ...DIAGNOSIS, user: { uid: 5, name: '' } }), /^user {6}uid 5$/m);
});

test('doctor on this host: the same as text and as JSON', async () => {
  const json = new ZonecastChild(['doctor', '--json', '--sources', 'procfs,self']);
  assert.equal(await json.exit(), 0);
  const diagnosis = JSON.parse(json.stdout) as Diagnosis;
  assert.deepEqual(Object.keys(diagnosis), Object.keys(DIAGNOSIS));
  assert.equal(diagnosis.host, hostname());
  assert.equal(diagnosis.node, process.versions.node);
  assert.equal(diagnosis.user.uid, process.getuid?.());
  assert.deepEqual(
    diagnosis.sources.map(({ name, available }) => [name, available]),
    [
      ['procfs', true],
      ['self', true],
    ],
  );
  const text = new ZonecastChild(['doctor', '--sources', 'procfs,self']);
  assert.equal(await text.exit(), 0);
  assert.equal(text.stdout, diagnosisText(diagnosis));
});

test('exit code 1 when no source can run', async () => {
  const child = new ZonecastChild(['doctor', '--json', '--sources', 'procfs', '--path.procfs', '/tmp']);
  assert.equal(await child.exit(), 1);
  const [procfs] = (JSON.parse(child.stdout) as Diagnosis).sources;
  assert.equal(procfs!.available, false);
  assert.match(procfs!.why!, /\/tmp\/stat/);
  assert.ok(procfs!.remedy);
});
