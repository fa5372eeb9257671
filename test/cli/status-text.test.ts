import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentStatus, SourceState, SourceStatus } from '../../src/main/agent-config.js';
import { count, ratesBetween, statusLine, summaryData, time } from '../../src/main/cli/status-text.js';

function source(name: string, state: SourceState, restarts = 0): SourceStatus {
  return {
    name,
    state,
    detail: '',
    restarts,
    missedTicks: 0,
    droppedSamples: 0,
    readErrors: 0,
    parseErrors: 0,
    costUs: 100,
    intervalUs: 10_000,
  };
}

const WELL: AgentStatus = {
  uptimeMs: 3000,
  zones: 42,
  packets: 12_900,
  packetBytes: 5_000_000,
  sendFailures: 0,
  missedTicks: 0,
  droppedSamples: 0,
  latenessP99Ns: 85_400,
  latenessMaxNs: 1_200_000,
  sources: [source('procfs', 'active'), source('cgroup', 'active'), source('self', 'active')],
};
const TROUBLED: AgentStatus = {
  ...WELL,
  missedTicks: 3,
  droppedSamples: 1_234_567,
  sendFailures: 2,
  sources: [source('procfs', 'active'), source('cgroup', 'degraded', 2)],
};
const RATES = { packetsPerSecond: 4300, bytesPerSecond: 1_640_000 };

test('the status line at 200, 80 and 40 columns', () => {
  assert.equal(
    statusLine(WELL, RATES, 200),
    '42 zones  4300 packets/s  1640 kB/s  late p99 85 us max 1200 us  missed 0  dropped 0  procfs active, cgroup active, self active',
  );
  assert.equal(
    statusLine(WELL, RATES, 80),
    '42 zones  4300 pkt/s  1640 kB/s  p99 85 us  missed 0  dropped 0  all active',
  );
  assert.equal(statusLine(WELL, RATES, 40), 'z 42  p99 85 us  miss 0  drop 0');
});

test('trouble stays visible when the terminal is narrow', () => {
  assert.equal(
    statusLine(TROUBLED, RATES, 200),
    '42 zones  4300 packets/s  1640 kB/s  late p99 85 us max 1200 us  missed 3  dropped 1.23M  unsent 2  procfs active, cgroup degraded',
  );
  assert.match(statusLine(TROUBLED, RATES, 100), /cgroup degraded$/);
  assert.equal(statusLine(TROUBLED, RATES, 80), 'z 42  p99 85 us  miss 3  drop 1.23M  unsent 2  cgroup degraded');
  assert.equal(statusLine(TROUBLED, RATES, 30), 'z 42 p99 85 us miss 3 drop 1.…');
});

test('whatever the figures, the line fits and is one line', () => {
  const figure = fc.nat(2 ** 31 - 1);
  fc.assert(
    fc.property(
      fc.record({ zones: figure, missed: figure, dropped: figure, late: figure }),
      fc.nat(250),
      (f, columns) => {
        const status = {
          ...TROUBLED,
          zones: f.zones,
          missedTicks: f.missed,
          droppedSamples: f.dropped,
          latenessP99Ns: f.late,
        };
        const line = statusLine(status, { packetsPerSecond: f.zones, bytesPerSecond: f.dropped }, columns);
        assert.ok(line.length <= Math.max(1, columns), `${line.length} > ${columns}: ${line}`);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
        assert.doesNotMatch(line, /[\x00-\x1f]/);
      },
    ),
  );
});

test('figures are short', () => {
  assert.deepEqual([0, 999, 9999, 9999.5, 123_456, 999_499, 999_500, 4_560_000, 2e9].map(count), [
    '0',
    '999',
    '9999',
    '10.0k',
    '123k',
    '999k',
    '1.00M',
    '4.56M',
    '2.00G',
  ]);
  assert.deepEqual([0, 400, 85_400, 9_999_499, 10e6, 9.9995e9, 60e9].map(time), [
    '0 us',
    '0 us',
    '85 us',
    '9999 us',
    '10 ms',
    '10 s',
    '60 s',
  ]);
});

test('rates are those between two snapshots', () => {
  const later = { ...WELL, uptimeMs: 5000, packets: 13_900, packetBytes: 5_500_000 };
  assert.deepEqual(ratesBetween(WELL, later), { packetsPerSecond: 500, bytesPerSecond: 250_000 });
  assert.deepEqual(ratesBetween(WELL, WELL), { packetsPerSecond: 0, bytesPerSecond: 0 });
});

test('the entry of the minute', () => {
  const later = { ...TROUBLED, uptimeMs: 63_000, packets: 272_900, packetBytes: 95_000_000 };
  assert.deepEqual(summaryData(WELL, later), {
    zones: 42,
    packetsPerSecond: 4333.3,
    kBPerSecond: 1500,
    latenessP99Us: 85,
    latenessMaxUs: 1200,
    missedTicks: 3,
    droppedSamples: 1_234_567,
    sendFailures: 2,
    sources: 'procfs active, cgroup degraded (2 restarts)',
  });
});
