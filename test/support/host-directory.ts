// A temporary directory that stands for a host's procfs, sysfs and cgroupfs. Paths are relative to it. Files are written
// in place, so that a descriptor that is kept open sees the change, as with a kernel file.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HostPaths } from '../../src/workers/source.js';

export class HostDirectory {
  readonly root = mkdtempSync(join(tmpdir(), 'zonecast-host-'));
  readonly paths: HostPaths = {
    procfs: join(this.root, 'proc'),
    sysfs: join(this.root, 'sys'),
    cgroupfs: join(this.root, 'cgroup'),
  };

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(this.#place(path), text);
  }

  edit(path: string, edit: (text: string) => string): void {
    this.write(path, edit(this.read(path)));
  }

  link(path: string, target: string): void {
    const file = this.#place(path);
    rmSync(file, { force: true });
    symlinkSync(target, file);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  delete(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Makes the directories above it. */
  #place(path: string): string {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  }
}
