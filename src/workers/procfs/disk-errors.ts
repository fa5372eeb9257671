// Errors that a SCSI disk counted: sysfs block/NAME/device/{ioerr_cnt,iotmo_cnt}, hexadecimal. Other disks have none.
// Read at a slow cadence of their own: each is a file.

import { existsSync } from 'node:fs';
import { KernelFile, scratch } from '../linux/kernel-file.js';
import type { Host } from './host.js';

const COUNTERS = [
  { file: 'ioerr_cnt', field: 'disk.harderror' },
  { file: 'iotmo_cnt', field: 'disk.tranerror' },
];

export class DiskErrors {
  readonly #host: Host;
  readonly #files: readonly { readonly file: KernelFile; readonly series: number }[];

  /** The counters that this disk has; without cost per reading when it has none. */
  constructor(host: Host, disk: string) {
    const directory = `${host.paths.sysfs}/block/${disk.replaceAll('/', '!')}/device`;
    this.#host = host;
    this.#files = COUNTERS.filter(({ file }) => existsSync(`${directory}/${file}`)).map(({ file, field }) => ({
      file: new KernelFile(`${directory}/${file}`, { single: true }),
      series: host.series(field, [disk]),
    }));
  }

  /** Overwrites the scratch buffer and the host's scanner. */
  sample(): void {
    const { producer, scanner } = this.#host;
    for (const { file, series } of this.#files) {
      const length = file.read();
      if (length < 0) producer.control.add('readErrors', 1);
      else {
        scanner.reset(scratch(), length);
        if (scanner.hexadecimal() && scanner.atLineEnd) this.#host.putScanned(series);
        else producer.control.add('parseErrors', 1);
      }
    }
  }

  /** Gives up descriptors and series. */
  end(): void {
    this.close();
    for (const { series } of this.#files) this.#host.producer.endSeries(series);
  }

  close(): void {
    for (const { file } of this.#files) file.close();
  }
}
