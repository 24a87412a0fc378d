// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { BulkBuffers } from './bulk-buffers.ts';
import { SpliceMemory } from './splice-memory.ts';

/** Reads as a socket does. */
function read(memory: SpliceMemory, length: number, letter: string): Buffer {
  return memory.hold(memory.current().subarray(0, length).fill(letter));
}

describe('SpliceMemory', () => {
  it('copies what was read into memory that others read into', () => {
    const [one, other] = [new SpliceMemory(), new SpliceMemory()];
    expect(one.current()).toBe(other.current());
    const held = read(one, 10, 'a');
    read(other, 10, 'b');
    expect(held.toString()).toBe('aaaaaaaaaa');
  });

  it('has memory of its own while much comes, and reads into it again', () => {
    const [one, other] = [new SpliceMemory(), new SpliceMemory()];
    read(one, 60_000, 'a');
    read(other, 60_000, 'b');
    expect(one.current()).not.toBe(other.current());
    const before = one.current();
    const held = read(one, 60_000, 'c');
    read(other, 60_000, 'd');
    expect(held.toString()).toBe('c'.repeat(60_000));
    expect(one.current()).toBe(before);
  });

  it('gives its memory to nobody before the last of its bytes are written', () => {
    const [one, other] = [new SpliceMemory(), new SpliceMemory()];
    read(one, 60_000, 'a');
    const held = read(one, 100, 'b');
    read(other, 60_000, 'c');
    read(other, 60_000, 'd');
    expect(held.toString()).toBe('b'.repeat(100));
    const { buffer } = held;
    one.settle();
    const third = new SpliceMemory();
    read(third, 60_000, 'e');
    expect(third.current().buffer).toBe(buffer);
  });

  it('never gives away what is written from after its end', () => {
    const [one, other] = [new SpliceMemory(), new SpliceMemory()];
    read(one, 60_000, 'a');
    const held = read(one, 60_000, 'b');
    one.close();
    one.settle();
    read(other, 60_000, 'c');
    expect(other.current().buffer).not.toBe(held.buffer);
  });
});

describe('BulkBuffers', () => {
  it('gives out no more large buffers than it may, and another when one is forgotten', () => {
    const buffers = new BulkBuffers();
    const taken = Array.from({ length: 128 }, () => buffers.take());
    expect(new Set(taken.map(({ length }) => length))).toEqual(new Set([262_144]));
    expect(buffers.take()).toHaveLength(65_536);
    buffers.forget(taken[0]!);
    expect(buffers.take()).toHaveLength(262_144);
    buffers.give(taken[1]!);
    expect(buffers.take()).toBe(taken[1]);
  });
});
