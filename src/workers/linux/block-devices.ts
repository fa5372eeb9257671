// Names of block devices by their numbers. Asked once per zone and device, when a series is defined; never per tick.

import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { HostPaths } from '../source.js';

/**
 * Devices whose traffic isn't a disk's own: memory, files, and those stacked on disks that are counted themselves.
 */
const NOT_A_DISK = /^(?:loop|ram|zram|dm-|md|fd|sr)\d|^nvme\d+c\d/;

/** Whether a block device counts traffic that no other one counts too; says nothing of partitions. */
export const isDisk = (name: string): boolean => !NOT_A_DISK.test(name);

/** @returns the kernel's name of the disk; undefined for a device that is no disk of its own. Unknown: `8:0`. */
export function diskName(paths: HostPaths, major: number, minor: number): string | undefined {
  const name = fromSysfs(paths.sysfs, major, minor) ?? fromDiskstats(paths.procfs, major, minor) ?? `${major}:${minor}`;
  return isDisk(name) ? name : undefined;
}

/** sysfs writes a `/` in a device's name as `!` (cciss!c0d0). */
function fromSysfs(sysfs: string, major: number, minor: number): string | undefined {
  try {
    return basename(readlinkSync(`${sysfs}/dev/block/${major}:${minor}`)).replaceAll('!', '/');
  } catch {
    return undefined;
  }
}

function fromDiskstats(procfs: string, major: number, minor: number): string | undefined {
  try {
    const text = readFileSync(`${procfs}/diskstats`, 'utf8');
    return new RegExp(`^ *${major} +${minor} +(\\S+)`, 'm').exec(text)?.[1];
  } catch {
    return undefined;
  }
}
