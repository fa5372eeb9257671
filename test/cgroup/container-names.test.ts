import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ContainerNames, type ContainerRoots } from '../../src/workers/linux/container-names.js';

const ID = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const UID = '12345678-1234-1234-1234-123456789abc';

describe('ContainerNames', () => {
  const root = mkdtempSync(join(tmpdir(), 'zonecast-names-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const roots: ContainerRoots = {
    docker: join(root, 'docker'),
    podman: join(root, 'storage'),
    kubernetesContainers: join(root, 'log/containers'),
    kubernetesPods: join(root, 'log/pods'),
  };
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('knows nothing where nothing is', () => {
    const names = new ContainerNames({ ...roots, docker: '/nonexistent' });
    assert.equal(names.docker(ID), undefined);
    assert.equal(names.podman(ID), undefined);
    assert.equal(names.kubernetesContainer(ID), undefined);
    assert.equal(names.kubernetesPod(UID), undefined);
  });

  it('reads the name of a docker container without its slash', () => {
    write(`docker/containers/${ID}/config.v2.json`, JSON.stringify({ ID, Name: '/web', Config: { Image: 'nginx' } }));
    write(`docker/containers/${OTHER}/config.v2.json`, '{"Name": 4');
    const names = new ContainerNames(roots);
    assert.equal(names.docker(ID), 'web');
    assert.equal(names.docker(OTHER), undefined);
  });

  it('reads podman names from both lists and notices a new one', () => {
    const names = new ContainerNames(roots);
    const list = 'storage/overlay-containers/containers.json';
    write(list, JSON.stringify([{ id: ID, names: ['db', 'alias'] }, { id: 7 }, null, { id: 'x', names: [] }]));
    assert.equal(names.podman(ID), 'db');
    assert.equal(names.podman(OTHER), undefined);
    write('storage/overlay-containers/volatile-containers.json', JSON.stringify([{ id: OTHER, names: ['job'] }]));
    assert.equal(names.podman(OTHER), 'job');
    write(list, JSON.stringify([{ id: ID, names: ['renamed'] }]));
    assert.equal(names.podman(ID), 'renamed');
    write(list, '{}');
    assert.equal(names.podman(ID), undefined);
  });

  it('reads pods and their containers from the names of their logs', () => {
    write(`log/containers/cart-0_shop_server-${ID}.log`, '');
    write('log/containers/strange', '');
    mkdirSync(join(root, 'log/pods', `shop_cart-0_${UID}`, 'server'), { recursive: true });
    const names = new ContainerNames(roots);
    assert.equal(names.kubernetesContainer(ID), 'shop/cart-0/server');
    assert.equal(names.kubernetesContainer(OTHER), undefined);
    assert.equal(names.kubernetesPod(UID), 'shop/cart-0');
  });
});
