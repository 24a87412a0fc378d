// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ReadMemory } from './read-memory.ts';

/** What a read of `size` bytes leaves in a memory. */
function read(memory: ReadMemory, size: number, fill: string): Buffer {
  return memory.current().fill(fill, 0, size).subarray(0, size);
}

describe('ReadMemory', () => {
  it('is shared by sockets, and small chunks that are kept outlast the next read', () => {
    const [first, second] = [new ReadMemory(), new ReadMemory()];
    expect(first.current()).toBe(second.current());
    const kept = first.keep(read(first, 100, 'a'));
    read(second, 100, 'b');
    expect(kept.toString()).toBe('a'.repeat(100));
  });

  it('gives the buffers of a large body away without copying, but never the shared one', () => {
    const [first, second] = [new ReadMemory(), new ReadMemory()];
    const kept: Buffer[] = [];
    for (const fill of ['a', 'b', 'c']) {
      const chunk = read(first, 20_000, fill);
      kept.push(first.keep(chunk));
      if (fill !== 'a') expect(kept.at(-1)!.buffer).toBe(chunk.buffer);
      read(second, 20_000, 'x');
    }
    expect(kept.map(chunk => chunk.toString())).toEqual(['a', 'b', 'c'].map(fill => fill.repeat(20_000)));
  });

  it('keeps several large chunks of one read apart from what is read later', () => {
    const memory = new ReadMemory();
    const whole = read(memory, 40_000, 'a');
    const kept = [memory.keep(whole.subarray(0, 20_000)), memory.keep(whole.subarray(20_000))];
    read(new ReadMemory(), 40_000, 'x');
    read(memory, 40_000, 'y');
    expect(kept.map(chunk => chunk.toString())).toEqual(['a'.repeat(20_000), 'a'.repeat(20_000)]);
  });

  it('goes back to the shared buffer after a large body', () => {
    const memory = new ReadMemory();
    memory.keep(read(memory, 20_000, 'a'));
    expect(memory.current()).not.toBe(new ReadMemory().current());
    memory.rest();
    expect(memory.current()).toBe(new ReadMemory().current());
  });

  it('gives what came into the memory that Node had asked for, whatever has become of a body meanwhile', () => {
    const memory = new ReadMemory();
    memory.keep(read(memory, 20_000, 'a'));
    const awaited = memory.current();
    // The answer to the body comes between two reads, and another connection reads.
    memory.rest();
    read(new ReadMemory(), 20_000, 'x');
    awaited.write('GET /');
    expect(memory.lastRead(5).toString()).toBe('GET /');
  });
});
