import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import {
  environmentName,
  hasFlag,
  inFile,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
  optionOf,
} from '../../src/main/cli/options.js';
import {
  changedSettings,
  type Environment,
  type FlagValues,
  resolveSettings,
  toAgentConfig,
} from '../../src/main/cli/settings.js';
import { UsageError } from '../../src/main/cli/usage-error.js';
import { cgroupOptions } from '../../src/workers/cgroup/options.js';
import { everyMsOf } from '../../src/workers/procfs/options.js';
import { source as self } from '../../src/workers/self/source.js';

const directory = mkdtempSync(join(tmpdir(), 'zonecast-settings-'));
after(() => rmSync(directory, { recursive: true }));
const configPath = join(directory, 'zonecast.toml');

function fileWith(text: string): string {
  writeFileSync(configPath, text);
  return configPath;
}

interface Sample {
  /** As written on the command line or in the environment. */
  readonly text: string;
  /** As written in the file. */
  readonly toml: unknown;
  /** As the settings have it; absent: the same as in the file. */
  readonly setting?: unknown;
}

const number = (value: number): Sample => ({ text: String(value), toml: value });
const text = (value: string): Sample => ({ text: value, toml: value });
const list = (...items: string[]): Sample => ({ text: items.join(','), toml: items });
const SWITCHES: readonly Sample[] = [
  { text: 'true', toml: true },
  { text: 'off', toml: false },
];

/** At least two values of each option other than its default, where it has that many. */
const SAMPLES: Readonly<Record<OptionName, readonly Sample[]>> = {
  port: [number(1), number(65_535), number(7300)],
  delay: [number(0.5), number(2.25), number(3_600_000)],
  bind: [text('*'), text('::1'), text('0.0.0.0')],
  endpoint: [list('tcp://127.0.0.1:1'), list('ipc:///tmp/a', 'tcp://*:2'), list('ipc://@b')],
  sources: [list('self'), list('procfs', 'cgroup'), list('process')],
  format: [text('msgpack'), text('protobuf')],
  host: [text('alpha'), text('beta'), text('gamma delta')],
  duration: [
    { text: '10s', toml: '10s', setting: 10_000 },
    { text: '500ms', toml: '500ms', setting: 500 },
    { text: '1h', toml: '1h', setting: 3_600_000 },
  ],
  config: [text(configPath)],
  verbose: SWITCHES,
  vlite: SWITCHES,
  quiet: SWITCHES,
  'path.procfs': [text('/'), text('/tmp')],
  'path.sysfs': [text('/'), text('/tmp')],
  'path.cgroupfs': [text('/'), text('/tmp')],
  'log-level': [text('silent'), text('debug'), text('warn')],
  'log-json': SWITCHES,
  'high-water-mark': [number(1), number(5000)],
  'procfs.every.stat': [number(1), number(5000)],
  'procfs.every.loadavg': [number(1), number(5000)],
  'procfs.every.meminfo': [number(1), number(5000)],
  'procfs.every.vmstat': [number(0), number(5000)],
  'procfs.every.diskstats': [number(1), number(5000)],
  'procfs.every.disk-errors': [number(0), number(5000)],
  'procfs.every.net-dev': [number(1), number(5000)],
  'procfs.every.pressure': [number(1), number(5000)],
  'cgroup.include': [list('a*'), list('b', 'c')],
  'cgroup.exclude': [list('a*'), list('b', 'c')],
  'cgroup.every.cpu': [number(1), number(5000)],
  'cgroup.every.memory': [number(1), number(5000)],
  'cgroup.every.io': [number(1), number(5000)],
  'cgroup.every.pids': [number(1), number(5000)],
  'cgroup.every.pressure': [number(1), number(5000)],
  'cgroup.every.net': [number(1), number(5000)],
  'cgroup.every.events': [number(0), number(5000)],
  'cgroup.every.caps': [number(0), number(5000)],
  'cgroup.every.membership': [number(0), number(5000)],
  'process.interval': [number(10), number(3_600_000)],
  'process.top': [number(0), number(1000)],
  'self.interval': [number(10), number(3_600_000)],
  'self.clock-interval': [number(1000), number(3_600_000)],
};

/** A value under the option's key, with the tables that the key's dots mean. */
function document(name: string, value: unknown): string {
  return stringify(name.split('.').reduceRight((inner: unknown, key) => ({ [key]: inner }), value) as object);
}

test('command line beats environment beats file beats default, for every option', () => {
  const met = new Set<string>();
  const layers = fc.record({ flag: fc.boolean(), environment: fc.boolean(), file: fc.boolean(), turn: fc.nat(5) });
  const names = OPTION_NAMES.filter((name) => name !== 'config');
  fc.assert(
    fc.property(fc.constantFrom(...names), layers, (name, given) => {
      const samples = SAMPLES[name];
      const sample = (layer: number): Sample => samples[(given.turn + layer) % samples.length]!;
      const flags: Record<string, unknown> = {};
      const environment: Record<string, string> = {};
      let expected = { value: OPTIONS[name].fallback as unknown, origin: /^default$/ };
      const settingOf = ({ setting, toml }: Sample): unknown => setting ?? toml;
      if (given.file && inFile(name)) {
        environment['ZONECAST_CONFIG'] = fileWith(`# first line\n${document(name, sample(0).toml)}`);
        expected = { value: settingOf(sample(0)), origin: new RegExp(`zonecast\\.toml:[23]: ${name}$`) };
      }
      if (given.environment) {
        environment[environmentName(name)] = sample(1).text;
        expected = { value: settingOf(sample(1)), origin: new RegExp(`^${environmentName(name)}$`) };
      }
      if (given.flag && hasFlag(name)) {
        const { kind } = optionOf(name);
        const whole = kind === 'list' ? [sample(2).text] : sample(2).text;
        flags[name] = kind === 'switch' ? sample(2).toml : whole;
        expected = { value: settingOf(sample(2)), origin: new RegExp(`^--${name}$`) };
      }
      met.add(`${name} ${given.flag} ${given.environment} ${given.file}`);
      const resolved = resolveSettings(flags as FlagValues, environment);
      assert.deepEqual(resolved.settings[name], expected.value);
      assert.match(resolved.origins[name], expected.origin);
      assert.deepEqual(resolved.warnings, []);
    }),
    { numRuns: 1500 },
  );
  assert.ok(met.size > names.length * 5, `only ${met.size} combinations of options and layers were met`);
});

test('the file is named by --config before ZONECAST_CONFIG', () => {
  const path = fileWith('port = 1');
  assert.equal(resolveSettings({ config: path }, { ZONECAST_CONFIG: '/nowhere' }).settings.port, 1);
});

test('names in the environment', () => {
  assert.equal(environmentName('port'), 'ZONECAST_PORT');
  assert.equal(environmentName('log-json'), 'ZONECAST_LOG_JSON');
  assert.equal(environmentName('path.procfs'), 'ZONECAST_PATH_PROCFS');
  assert.equal(environmentName('procfs.every.vmstat'), 'ZONECAST_PROCFS_EVERY_VMSTAT');
  assert.equal(new Set(OPTION_NAMES.map(environmentName)).size, OPTION_NAMES.length);
});

test('an empty variable is as good as none, and an unknown one is pointed out', () => {
  const { settings, warnings } = resolveSettings({}, { ZONECAST_PORT: '', ZONECAST_PROT: '1', ZONECASTER: 'x' });
  assert.equal(settings.port, 7211);
  assert.deepEqual(warnings, [
    'environment variable ZONECAST_PROT means nothing and is ignored; did you mean ZONECAST_PORT?',
  ]);
});

test('lists: separated by commas, repeated, or an array; repeated items count once', () => {
  const endpoint = ['tcp://127.0.0.1:1', 'ipc:///tmp/a,tcp://localhost:1'];
  assert.deepEqual(resolveSettings({ endpoint }, {}).settings.endpoint, ['tcp://127.0.0.1:1', 'ipc:///tmp/a']);
  assert.deepEqual(resolveSettings({ config: fileWith('sources = "self, procfs"') }, {}).settings.sources, [
    'self',
    'procfs',
  ]);
});

function refusal(flags: FlagValues, environment: Environment): string {
  try {
    resolveSettings(flags, environment);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message.replace(directory, '…');
  }
  assert.fail('it was accepted');
}

test('a refused value is named with its place and what is allowed', () => {
  const cases: readonly [FlagValues, Environment, string][] = [
    [{ port: '99999' }, {}, '--port: 99999 is out of range; give 1 to 65535'],
    [{ port: '80.5' }, {}, '--port: 80.5 is not a whole number; give 1 to 65535'],
    [{ port: 'http' }, {}, '--port: "http" is not a number; give 1 to 65535'],
    [{ delay: '0.4' }, {}, '--delay: 0.4 is out of range; give 0.5 to 3600000 milliseconds'],
    [{ delay: '3600001' }, {}, '--delay: 3600001 is out of range; give 0.5 to 3600000 milliseconds'],
    [{ sources: ['procfs,kstat'] }, {}, '--sources: "kstat" is unknown; give any of procfs, cgroup, process, self'],
    [{ sources: [''] }, {}, '--sources: "" is unknown; give any of procfs, cgroup, process, self'],
    [{ format: 'json' }, {}, '--format: "json" is unknown; give protobuf or msgpack'],
    [{ duration: '10' }, {}, '--duration: "10" is not a duration; give 500ms, 10s, 2m or 1h, up to 576h'],
    [{ duration: '577h' }, {}, '--duration: "577h" is out of range; give 500ms, 10s, 2m or 1h, up to 576h'],
    [{ 'path.procfs': '/nowhere' }, {}, '--path.procfs: "/nowhere" is not a directory; give the path of a directory'],
    [{ host: 'a\nb' }, {}, '--host: "a\\nb" has a control character in it; give a name of 1 to 255 characters'],
    [{}, { ZONECAST_PORT: '0' }, 'ZONECAST_PORT: 0 is out of range; give 1 to 65535'],
    [{}, { ZONECAST_QUIET: 'maybe' }, 'ZONECAST_QUIET: "maybe" is neither true nor false; give true or false'],
    // What another layer overrides is checked as well.
    [{ port: '1' }, { ZONECAST_PORT: 'x' }, 'ZONECAST_PORT: "x" is not a number; give 1 to 65535'],
    [{ config: '/nowhere/z.toml' }, {}, '/nowhere/z.toml: no such file; give the path of a TOML file'],
    [{ config: '/' }, {}, '/: is a directory; give the path of a TOML file'],
  ];
  for (const [flags, environment, message] of cases) assert.equal(refusal(flags, environment), message);
});

test('a malformed file is named with line and key', () => {
  const cases: readonly [string, string][] = [
    ['\n\n\n\n\n\nport = 99999\n', ':7: port: 99999 is out of range; give 1 to 65535'],
    ['port = "7211"', ':1: port: "7211" is not a number; give 1 to 65535'],
    ['quiet = "yes"', ':1: quiet: "yes" is neither true nor false; give true or false'],
    ['prot = 1', ':1: prot: unknown key; did you mean port?'],
    ['endpoints = []', ':1: endpoints: unknown key; did you mean endpoint?'],
    ['colour = 1', ':1: colour: unknown key; docs/CONFIG.md lists the keys'],
    ['config = "x"', ':1: config: unknown key; a file can not name another one'],
    ['path = "/proc"', ':1: path: is not a table; give [path]'],
    ['[path]\nprofs = "/proc"', ':2: path.profs: unknown key; did you mean path.procfs?'],
    ['[process]\ntop = 5\nlimit = 1', ':3: process.limit: unknown key; give interval, top'],
    ['[port]\nx = 1', ':1: port: {"x":1} is not a number; give 1 to 65535'],
    ['[cgroup]\ninclude = [\n  "a",\n  7,\n]', ':4: cgroup.include: 7 is not a text; give a list of patterns'],
    ['sources = [\n"self",\n"disk"]', ':3: sources: "disk" is unknown; give any of procfs, cgroup, process, self'],
    ['procfs.every = {\tvmstat = -1 }', ':1: procfs.every.vmstat: -1 is out of range; give 0 to 3600000 milliseconds'],
    ['port = 1\nport = 2', ':2:1: trying to redefine an already defined table or value'],
    ['\nport = ', ':2:8: invalid value'],
    ['duration = 1979-05-27', ':1: duration: 1979-05-27 has no unit; give 500ms, 10s, 2m or 1h, up to 576h'],
  ];
  for (const [toml, message] of cases) {
    assert.equal(refusal({ config: fileWith(toml) }, {}), `…/zonecast.toml${message}`, toml);
  }
  writeFileSync(configPath, Buffer.from([0x70, 0xff, 0xfe]));
  assert.equal(refusal({ config: configPath }, {}), '…/zonecast.toml: is not UTF-8 text; give a TOML file');
});

test('whatever stands in a file, the answer is settings or one line of usage', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom(
          'port',
          'delay',
          'bind',
          'endpoint',
          'sources',
          'path',
          'cgroup',
          'process',
          'host',
          'x',
          '__proto__',
        ),
        fc.oneof(
          fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null),
          fc.constant({ every: { cpu: 5 }, top: 5 }),
        ),
        { maxKeys: 3 },
      ),
      (table) => {
        let toml: string;
        try {
          toml = stringify(table);
        } catch {
          return; // nulls inside: TOML has none
        }
        try {
          resolveSettings({ config: fileWith(toml) }, {});
        } catch (error) {
          assert.ok(error instanceof UsageError, `${error}\n${toml}`);
          assert.doesNotMatch(error.message, /\n|undefined/, toml);
          refused++;
        }
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(refused > 50, `only ${refused} documents were refused`);
});

test('the agent gets what was set', () => {
  const file = fileWith(
    '[cgroup]\ninclude = ["/docker/*"]\n[cgroup.every]\ncaps = 5000\n[process]\ntop = 3\n[self]\ninterval = 100\n',
  );
  const { settings } = resolveSettings(
    { config: file, delay: '0.5', bind: '::1', port: '7300', sources: ['cgroup', 'process,self'], host: 'h' },
    { ZONECAST_PATH_PROCFS: '/tmp' },
  );
  const config = toAgentConfig(settings);
  assert.equal(config.intervalUs, 500);
  assert.equal(config.host, 'h');
  assert.deepEqual(config.endpoints, ['tcp://[::1]:7300']);
  assert.deepEqual(config.paths, { procfs: '/tmp', sysfs: '/sys', cgroupfs: '/sys/fs/cgroup' });
  assert.equal(config.highWaterMark, 1000);
  assert.deepEqual(
    config.sources.map(({ name }) => name),
    ['cgroup', 'process', 'self'],
  );
  const [cgroup, process, self] = config.sources;
  assert.deepEqual(cgroup!.options['include'], ['/docker/*']);
  assert.ok(!('exclude' in cgroup!.options));
  assert.equal((cgroup!.options['everyMs'] as Record<string, number>)['caps'], 5000);
  assert.deepEqual(process!.options, { intervalMs: 1000, top: 3 });
  assert.deepEqual(self!.options, { intervalMs: 100, clockEveryMs: 60_000 });
});

test("the defaults of the sources' settings are the sources' own, and none is missing", () => {
  const { sources } = toAgentConfig(resolveSettings({}, {}).settings);
  const options = Object.fromEntries(sources.map((source) => [source.name, source.options]));
  assert.deepEqual(options['procfs'], { everyMs: everyMsOf({}) });
  assert.deepEqual(options['cgroup'], { everyMs: cgroupOptions({}).everyMs });
  assert.equal(options['self']!['intervalMs'], self.defaultIntervalMs);
});

test('endpoints replace bind and port, and quiet has none', () => {
  const endpoint = ['ipc:///tmp/a'];
  assert.deepEqual(toAgentConfig(resolveSettings({ endpoint, port: '1' }, {}).settings).endpoints, endpoint);
  assert.deepEqual(toAgentConfig(resolveSettings({ endpoint, quiet: true }, {}).settings).endpoints, []);
});

test('what a reload changed is told with old value, new value and place', () => {
  const before = resolveSettings({ config: fileWith('delay = 100') }, {});
  assert.deepEqual(changedSettings(before, before), []);
  const path = fileWith('delay = 10\nsources = ["self"]');
  const texts = changedSettings(before, resolveSettings({ config: path }, {})).map(({ text: line }) => line);
  assert.deepEqual(texts, [
    `delay: 100 -> 10 (${path}:1: delay)`,
    `sources: ["procfs","cgroup","process","self"] -> ["self"] (${path}:2: sources)`,
  ]);
});
