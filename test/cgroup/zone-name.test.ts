import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ContainerLookups, printable, unescapeUnit, zoneLabel } from '../../src/workers/linux/zone-name.js';

const ID = '0123456789abcdef'.repeat(4);
const OTHER = 'fedcba9876543210'.repeat(4);
const UID = '12345678-1234-1234-1234-123456789abc';
const UID_ = UID.replaceAll('-', '_');

const NOTHING: ContainerLookups = {
  docker: () => undefined,
  podman: () => undefined,
  kubernetesContainer: () => undefined,
  kubernetesPod: () => undefined,
};

const KNOWN: ContainerLookups = {
  docker: (id) => (id === ID ? 'web' : undefined),
  podman: (id) => (id === ID ? 'db' : undefined),
  kubernetesContainer: (id) => (id === ID ? 'shop/cart-0/server' : undefined),
  kubernetesPod: (uid) => (uid === UID ? 'shop/cart-0' : undefined),
};

/** Path, name with lookups that know ID and UID, kind, container id, name with lookups that know nothing. */
const CASES: readonly (readonly [path: string, name: string, kind: string, id: string, unknown: string])[] = [
  [`/docker/${ID}`, 'web', 'docker', ID, '0123456789ab'],
  [`/system.slice/docker-${ID}.scope`, 'web', 'docker', ID, '0123456789ab'],
  [`/docker/${ID}/init`, 'web/init', 'docker', ID, '0123456789ab/init'],
  [
    `/docker/${ID}/system.slice/ssh.service`,
    'web/system.slice/ssh.service',
    'docker',
    ID,
    '0123456789ab/system.slice/ssh.service',
  ],
  [`/docker/${ID}/docker/${OTHER}`, `web/docker/${OTHER}`, 'docker', ID, `0123456789ab/docker/${OTHER}`],
  [`/machine.slice/libpod-${ID}.scope`, 'db', 'podman', ID, '0123456789ab'],
  [`/machine.slice/libpod-${ID}.scope/container`, 'db/container', 'podman', ID, '0123456789ab/container'],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`, 'db', 'podman', ID, '0123456789ab'],
  [`/libpod_parent/libpod-${ID}`, 'db', 'podman', ID, '0123456789ab'],
  [`/kubepods/pod${UID}/${ID}`, 'shop/cart-0/server', 'kubernetes', ID, `pod${UID}/0123456789ab`],
  [`/kubepods/burstable/pod${UID}/${ID}`, 'shop/cart-0/server', 'kubernetes', ID, `pod${UID}/0123456789ab`],
  [
    `/kubepods/besteffort/pod${UID}/${OTHER}`,
    'shop/cart-0/fedcba987654',
    'kubernetes',
    OTHER,
    `pod${UID}/fedcba987654`,
  ],
  [`/kubepods/besteffort/pod${UID}`, 'shop/cart-0', 'kubernetes', '', `pod${UID}`],
  [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/cri-containerd-${ID}.scope`,
    'shop/cart-0/server',
    'kubernetes',
    ID,
    `pod${UID}/0123456789ab`,
  ],
  [
    `/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope`,
    'shop/cart-0/server',
    'kubernetes',
    ID,
    `pod${UID}/0123456789ab`,
  ],
  [
    `/kubepods.slice/kubepods-pod${UID_}.slice/docker-${ID}.scope`,
    'shop/cart-0/server',
    'kubernetes',
    ID,
    `pod${UID}/0123456789ab`,
  ],
  [`/kubepods.slice/kubepods-pod${UID_}.slice`, 'shop/cart-0', 'kubernetes', '', `pod${UID}`],
  ['/kubepods.slice/kubepods-burstable.slice', 'kubepods-burstable.slice', 'systemd', '', 'kubepods-burstable.slice'],
  ['/lxc/alpine', 'alpine', 'lxc', '', 'alpine'],
  ['/lxc.payload.alpine', 'alpine', 'lxc', '', 'alpine'],
  ['/lxc.payload/alpine', 'alpine', 'lxc', '', 'alpine'],
  [
    '/lxc.payload.alpine/system.slice/cron.service',
    'alpine/system.slice/cron.service',
    'lxc',
    '',
    'alpine/system.slice/cron.service',
  ],
  ['/machine.slice/machine-deb\\x2dian.scope', 'deb-ian', 'nspawn', '', 'deb-ian'],
  ['/machine.slice/systemd-nspawn@build.service', 'build', 'nspawn', '', 'build'],
  [
    '/machine.slice/systemd-nspawn@build.service/payload/init.scope',
    'build/payload/init.scope',
    'nspawn',
    '',
    'build/payload/init.scope',
  ],
  ['/machine.slice/machine-qemu\\x2d1\\x2dwin.scope', 'win', 'machine', '', 'win'],
  ['/system.slice/ssh.service', 'ssh.service', 'systemd', '', 'ssh.service'],
  ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service', 'systemd', '', 'getty@tty1.service'],
  ['/system.slice/dev-disk-by\\x2duuid.swap', 'dev-disk-by-uuid.swap', 'systemd', '', 'dev-disk-by-uuid.swap'],
  ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', 'systemd', '', 'session-3.scope'],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope', 'app-x.scope', 'systemd', '', 'app-x.scope'],
  ['/system.slice/foo.service/worker/1', 'foo.service/worker/1', 'systemd', '', 'foo.service/worker/1'],
  ['/system.slice', 'system.slice', 'systemd', '', 'system.slice'],
  [`/ecs/task-1/${ID}`, 'web', 'docker', ID, '0123456789ab'],
  ['/ecs/task-1/task-1-4711', 'task-1-4711', 'containerd', 'task-1-4711', 'task-1-4711'],
  ['/buildkit/k3xw2', 'k3xw2', 'containerd', 'k3xw2', 'k3xw2'],
  [`/default/${ID}`, '0123456789ab', 'containerd', ID, '0123456789ab'],
  [`/system.slice/nerdctl-${ID}.scope`, '0123456789ab', 'containerd', ID, '0123456789ab'],
  ['/process_api/abc', '/process_api/abc', 'cgroup', '', '/process_api/abc'],
  ['/global', '/global', 'cgroup', '', '/global'],
  ['/lxc/global', '/lxc/global', 'lxc', '', '/lxc/global'],
  ['/podinfo/x', '/podinfo/x', 'cgroup', '', '/podinfo/x'],
];

describe('zoneLabel', () => {
  for (const [path, name, kind, containerId, unknown] of CASES) {
    it(`${path} is ${name}`, () => {
      const known = zoneLabel(path, KNOWN);
      assert.deepEqual([known?.name, known?.kind, known?.containerId], [name, kind, containerId]);
      assert.equal(zoneLabel(path, NOTHING)?.name, unknown);
    });
  }

  it('knows the helpers of container managers, which are no zones', () => {
    for (const path of [
      `/machine.slice/libpod-conmon-${ID}.scope`,
      `/kubepods.slice/kubepods-pod${UID_}.slice/crio-conmon-${ID}.scope`,
      '/lxc.monitor.alpine',
      '/lxc.monitor/alpine',
    ]) {
      assert.equal(zoneLabel(path, KNOWN), undefined, path);
    }
  });

  it('says whether asking again may help', () => {
    assert.equal(zoneLabel(`/docker/${ID}`, KNOWN)?.resolved, true);
    assert.equal(zoneLabel(`/docker/${ID}`, NOTHING)?.resolved, false);
    assert.equal(zoneLabel('/system.slice/ssh.service', NOTHING)?.resolved, true);
    assert.equal(zoneLabel('/a/b', NOTHING)?.resolved, true);
  });

  it('cuts long names to 120 bytes and keeps them apart', () => {
    const long = `/${'ä'.repeat(100)}`;
    const names = [long, `${long}b`, `${long}c`].map((path) => zoneLabel(path, NOTHING)!.name);
    for (const name of names) assert.ok(Buffer.byteLength(name) <= 120 && Buffer.byteLength(name) > 110, name);
    assert.equal(new Set(names).size, 3);
  });

  it('never shows what a container calls itself as the host, or on a line of its own', () => {
    for (const name of ['global', 'a\nb', '\u001b[2J', '']) {
      const label = zoneLabel(`/docker/${ID}`, { ...NOTHING, docker: () => name })!;
      assert.notEqual(label.name, 'global');
      assert.doesNotMatch(label.name, /\p{Cc}/u);
      assert.notEqual(label.name, '');
    }
  });

  it('holds its bounds for any path and any lookups', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('docker', 'lxc', 'kubepods', 'ecs', 'buildkit', 'global', ID, `docker-${ID}.scope`, 'a.service'),
      fc.constantFrom(`pod${UID}`, 'lxc.payload.global', 'machine-global.scope', 'machine-\\x00\\x0a.scope', '\ud800'),
    );
    const lookup = fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), lookup, (parts, name) => {
        const answer = (): string | undefined => name;
        const lookups = { docker: answer, podman: answer, kubernetesContainer: answer, kubernetesPod: answer };
        const label = zoneLabel(`/${parts.join('/')}`, lookups);
        if (label === undefined) return;
        const bytes = Buffer.byteLength(label.name);
        assert.ok(bytes >= 1 && bytes <= 120, `${bytes} bytes`);
        assert.doesNotMatch(label.name, /[\p{Cc}\p{Cs}]/u);
        assert.notEqual(label.name, 'global');
        assert.equal(Buffer.from(label.name).toString('utf8'), label.name);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('unescapeUnit', () => {
  it('puts bytes back together to characters', () => {
    assert.equal(unescapeUnit('a\\x2db\\xc3\\xa4.service'), 'a-bä.service');
    assert.equal(unescapeUnit('a\\xzz.service'), 'a\\xzz.service');
  });
});

describe('printable', () => {
  it('replaces control characters and lone surrogates only', () => {
    assert.equal(printable('a\tb\u0085c\ud800d é 漢'), 'a?b?c?d é 漢');
  });
});
