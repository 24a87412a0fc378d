// SPDX-License-Identifier: Apache-2.0
import type { Accepted } from '@weir/sync/client';
import { describe, expect, it } from 'vitest';
import { AcceptedFiles } from './kept-state.ts';

class MemoryFile {
  accepted: Accepted | undefined;

  load(): Promise<Accepted | undefined> {
    return Promise.resolve(this.accepted);
  }

  save(accepted: Accepted): Promise<void> {
    this.accepted = accepted;
    return Promise.resolve();
  }
}

function resource(kind: string): Accepted['resources'][number] {
  return { kind, name: `${kind}/a`, contract: 1, version: '1', body: new Uint8Array() };
}

function acceptedAt(epoch: number): Accepted {
  return { revision: { epoch, positions: { changes: 1 } }, roots: [], resources: [resource('certificate'), resource('port')] };
}

const kindsOf = (kept: Accepted | undefined) =>
  kept?.resources.map(({ kind }) => kind).toSorted((one, two) => (one < two ? -1 : 1));

describe('what a gateway keeps', () => {
  it('is in two files, one with all certificates', async () => {
    const [resources, keys] = [new MemoryFile(), new MemoryFile()];
    await new AcceptedFiles({ resources, keys }).save(acceptedAt(1));
    expect([kindsOf(resources.accepted), kindsOf(keys.accepted)]).toEqual([['port'], ['certificate']]);
    expect(kindsOf(await new AcceptedFiles({ resources, keys }).load())).toEqual(['certificate', 'port']);
  });

  it('is without certificates where these have no place, or are gone', async () => {
    const resources = new MemoryFile();
    await new AcceptedFiles({ resources, keys: undefined }).save(acceptedAt(1));
    expect(kindsOf(await new AcceptedFiles({ resources, keys: undefined }).load())).toEqual(['port']);
    expect(kindsOf(await new AcceptedFiles({ resources, keys: new MemoryFile() }).load())).toEqual(['port']);
  });

  it('mixes no certificates of one configuration with the rest of another', async () => {
    const [resources, keys] = [new MemoryFile(), new MemoryFile()];
    const files = new AcceptedFiles({ resources, keys });
    await files.save(acceptedAt(1));
    const before = resources.accepted;
    await files.save(acceptedAt(2));
    // As after a crash between the two files.
    resources.accepted = before;
    expect(kindsOf(await files.load())).toEqual(['port']);
  });

  it('is nothing before anything was accepted', async () => {
    expect(await new AcceptedFiles({ resources: new MemoryFile(), keys: new MemoryFile() }).load()).toBeUndefined();
  });
});
