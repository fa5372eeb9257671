// Endpoints that a consumer may connect to, checked here since libzmq takes nonsense: port 99999 is 34463 to it.

import { isIP } from 'node:net';

/** @throws TypeError that says what is wrong and what would be right */
export function checkEndpoint(endpoint: string): void {
  const problem = problemOf(endpoint);
  if (problem !== undefined) {
    throw new TypeError(`can't connect to '${endpoint}': ${problem}; write tcp://HOST:PORT or ipc:///PATH`);
  }
}

/** Longest path of a unix socket, bytes. */
const IPC_PATH_BYTES_MAX = 107;

function problemOf(endpoint: string): string | undefined {
  if (typeof endpoint !== 'string') return 'it is no text';
  const [, scheme, rest = ''] = /^(tcp|ipc):\/\/(.*)$/s.exec(endpoint) ?? [];
  if (scheme === undefined) return 'its scheme is neither tcp nor ipc';
  if (scheme === 'ipc') {
    const bytes = Buffer.byteLength(rest);
    return bytes < 1 || bytes > IPC_PATH_BYTES_MAX ? `a path has 1 to ${IPC_PATH_BYTES_MAX} bytes` : undefined;
  }
  const [, address, port] = /^(?:\[(.*)\]|[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?):(\d+)$/.exec(rest) ?? [];
  if (port === undefined || (address !== undefined && isIP(address) !== 6)) return 'it has no host and port';
  if (Number(port) < 1 || Number(port) > 65_535) return `${port} is no port`;
  return undefined;
}
