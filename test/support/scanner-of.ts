import { Scanner } from '../../src/workers/linux/scanner.js';

/** A scanner at the begin of a text. @param end index behind its last byte, where that is not the text's own */
export function scannerOf(text: string | Uint8Array, end?: number): Scanner {
  const scanner = new Scanner();
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  scanner.reset(bytes, end ?? bytes.length);
  return scanner;
}
