// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from 'vitest';
import { SharedLine } from './shared-line.ts';

interface TestLine {
  readonly name: number;
  close(): void;
}

let opened: number;
let closed: number[];
let isFresh: boolean;
let line: SharedLine<TestLine>;

beforeEach(() => {
  [opened, closed, isFresh] = [0, [], true];
  line = new SharedLine<TestLine>({
    open: () => {
      opened += 1;
      const name = opened;
      return { name, close: () => void closed.push(name) };
    },
    isFresh: () => isFresh,
  });
});

const nameOf = ({ name }: TestLine): Promise<number> => Promise.resolve(name);

it('of calls that fail together, the late one leaves the connection alone that was made since', async () => {
  let failLate = (): void => undefined;
  const late = line.call(() => new Promise<never>((_, reject) => void (failLate = () => reject(new Error('late')))));
  await expect(line.call(() => Promise.reject(new Error('early')))).rejects.toThrow('early');
  expect(await line.call(nameOf)).toBe(2);
  failLate();
  await expect(late).rejects.toThrow('late');
  expect([closed, await line.call(nameOf)]).toEqual([[1], 2]);
});

it('is made anew once it is not fresh, and never after its end', async () => {
  expect([await line.call(nameOf), await line.call(nameOf)]).toEqual([1, 1]);
  isFresh = false;
  expect([await line.call(nameOf), closed]).toEqual([2, [1]]);
  line.close();
  await expect(line.call(nameOf)).rejects.toThrow('closed');
  expect([opened, closed]).toEqual([2, [1, 2]]);
});
