// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom, createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { SECRETS } from '../write/builtin-resources.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import { ClusterSecrets } from './cluster-secrets.ts';

const PLACE = { resource: SECRETS, namespace: 'weir-system', name: 'weir-state' };

function open(api: ScriptedObjects, seed = 1): ClusterSecrets {
  const clock = createManualClock();
  // Waiting is for an API server that others use as well.
  const after = (_ms: number, action: () => void) => {
    queueMicrotask(action);
    return { cancel: () => undefined };
  };
  return new ClusterSecrets({ writer: api, clock: { ...clock, after }, random: createSeededRandom(seed), ...PLACE });
}

describe('a Secret as a store', () => {
  it('has what was written, in the form that an API server wants', async () => {
    const api = new ScriptedObjects();
    const secrets = open(api);
    expect([await secrets.read('key.pem'), await secrets.names()]).toEqual([undefined, []]);
    await secrets.write('key.pem', 'größer');
    await secrets.write('other', '1');
    await secrets.remove('other');
    expect([await secrets.read('key.pem'), await secrets.names()]).toEqual(['größer', ['key.pem']]);
    expect(api.find(PLACE)).toMatchObject({ kind: 'Secret', type: 'Opaque', data: { 'key.pem': 'Z3LDtsOfZXI=' } });
  });

  it('keeps labels that somebody else gave it, and writes nothing that is there already', async () => {
    const api = new ScriptedObjects();
    api.put(PLACE, { metadata: { labels: { 'helm.sh/resource-policy': 'keep' } }, data: { a: 'MQ==' } });
    const secrets = open(api);
    await secrets.write('a', '1');
    expect(api.written).toEqual([]);
    await secrets.write('b', '2');
    expect(api.find(PLACE)).toMatchObject({ metadata: { labels: { 'helm.sh/resource-policy': 'keep' } }, data: { a: 'MQ==' } });
  });

  it('loses no text of many that write at once', async () => {
    const api = new ScriptedObjects();
    const names = Array.from({ length: 12 }, (_, index) => `name-${index}`);
    await Promise.all(names.map((name, index) => open(api, index).write(name, name)));
    expect([...(await open(api).names())].sort()).toEqual(names.toSorted());
  });

  it('is made by one of many that come at once, and the others find what that one made', async () => {
    const api = new ScriptedObjects();
    const start = (index: number): Promise<string> =>
      open(api, index).transact(async draft => {
        const found = await draft.read('authority');
        if (found !== undefined) return found;
        await draft.write('authority', `made by ${index}`);
        await draft.write(`key-of-${index}`, 'key');
        return `made by ${index}`;
      });
    const found = await Promise.all(Array.from({ length: 8 }, (_, index) => start(index)));
    expect(new Set(found).size).toBe(1);
    expect(await open(api).names()).toHaveLength(2);
  });

  it('says what takes the room where the texts are too large, and keeps what was there', async () => {
    const secrets = open(new ScriptedObjects());
    await secrets.write('small', '1');
    await expect(secrets.write('leaves.json', 'x'.repeat(1_000_000))).rejects.toThrow(
      'Secret weir-system/weir-state would have 1000001 bytes, and at most 1000000 are kept; most of it is leaves.json (1000000 bytes), small (1 bytes)',
    );
    expect(await secrets.names()).toEqual(['small']);
  });

  it('fails where the API server does', async () => {
    const api = new ScriptedObjects();
    api.before = () => {
      throw new Error('connect ECONNREFUSED');
    };
    await expect(open(api).write('a', '1')).rejects.toThrow('connect ECONNREFUSED');
  });
});
