/** The pipes of a program of the host: what it is given, and what of its output is kept or told line by line. */
import type { ChildProcess } from 'node:child_process';
import type { SpawnOptions } from '../base/spawn.ts';

export type Collected = () => { bytes: Buffer; truncated: boolean };

interface Keeping {
  max: number;
  onFull(): void;
}

export function keep(child: ChildProcess, name: 'stdout' | 'stderr', { max, onFull }: Keeping): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  child[name]?.on('data', (chunk: Buffer) => {
    const room = max - size;
    if (chunk.length > room) {
      truncated = true;
      onFull();
    }
    if (room <= 0) return;
    chunks.push(chunk.subarray(0, room));
    size += Math.min(room, chunk.length);
  });
  child[name]?.on('error', () => undefined); // the pipe breaks when the program is killed; its end is told by `close`
  return () => ({ bytes: Buffer.concat(chunks), truncated });
}

export function lines(child: ChildProcess, on: NonNullable<SpawnOptions['onLine']>, stop: () => void): Collected {
  let parts: Buffer[] = [];
  let size = 0;
  let cut = false;
  let over = false;
  const add = (bytes: Buffer) => {
    const room = on.maxLineBytes - size;
    if (bytes.length > room) cut = true;
    // A copy: the rest of the chunk need not be held for the sake of this piece.
    if (room > 0) parts.push(Buffer.from(bytes.subarray(0, room)));
    size = Math.min(on.maxLineBytes, size + bytes.length);
  };
  const flush = () => {
    const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const wasCut = cut;
    parts = [];
    size = 0;
    cut = false;
    if (over || on.line(line, wasCut)) return;
    over = true;
    stop();
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0 && !over; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      flush();
      from = end + 1;
    }
    if (!over && from < chunk.length) add(chunk.subarray(from));
  });
  child.stdout?.on('error', () => undefined); // as in `keep`
  return () => {
    if (size > 0) flush();
    return { bytes: Buffer.alloc(0), truncated: over };
  };
}

export function feed(child: ChildProcess, stdin: SpawnOptions['stdin']): void {
  if (stdin === 'none') return;
  child.stdin?.on('error', () => undefined); // it may end without reading all of it
  child.stdin?.end(stdin);
}
