// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { expect, it } from 'vitest';
import { JsonRecord } from './json-record.ts';

it('writes what came while a write was under way with one more', async () => {
  const secrets = createMemorySecrets();
  const written: string[] = [];
  const { write } = secrets;
  secrets.write = (name, text) => {
    written.push(text);
    return write(name, text);
  };
  let value = 0;
  const record = new JsonRecord(secrets, 'x.json', () => value);
  const saves: Promise<void>[] = [];
  for (value = 1; value < 50; value++) saves.push(record.save());
  await Promise.resolve();
  saves.push(record.save());
  await Promise.all(saves);
  expect(written.at(-1)).toBe('50\n');
  expect(written.length).toBeLessThan(4);
});

it('says where it cannot write, and writes the next time', async () => {
  const secrets = createMemorySecrets();
  const { write } = secrets;
  secrets.write = () => Promise.reject(new Error('the disk is full'));
  const record = new JsonRecord(secrets, 'x.json', () => 'x');
  await expect(record.save()).rejects.toThrow('the disk is full');
  secrets.write = write;
  await record.save();
  expect(await secrets.read('x.json')).toBe('"x"\n');
});
