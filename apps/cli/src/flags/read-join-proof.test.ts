// SPDX-License-Identifier: Apache-2.0
import { createTempDirectory } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseHostPlace } from './parse-mesh-flags.ts';
import { joinProofReader } from './read-join-proof.ts';

const NONE = { joinFile: undefined, roots: undefined, serviceAccountToken: undefined };
const terminal = { environment: {} };

let directory: TempDirectory;
beforeEach(async () => {
  directory = await createTempDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

describe('what a proxy joins with', () => {
  it('is nothing where nothing is named', async () => {
    expect(await (await joinProofReader(NONE, terminal))()).toBeUndefined();
  });

  it('is the token of its service account as it is now, once kubelet has written it', async () => {
    const [serviceAccountToken, roots] = [`${directory.path}/token`, `${directory.path}/roots.pem`];
    const read = await joinProofReader({ ...NONE, serviceAccountToken, roots }, terminal);
    await expect(read()).rejects.toThrow(`--service-account-token ${serviceAccountToken} cannot be read`);
    await directory.write('token', 'first\n');
    await expect(read()).rejects.toThrow(`--roots ${roots} cannot be read`);
    await directory.write('roots.pem', '');
    await expect(read()).rejects.toThrow(`--roots ${roots} is empty`);
    await directory.write('roots.pem', 'roots');
    expect(await read()).toEqual({ kind: 'serviceAccount', token: 'first', rootsPem: 'roots' });
    await directory.write('token', 'second');
    expect(await read()).toMatchObject({ token: 'second' });
  });

  it('is one thing', async () => {
    const both = { joinFile: 'a', serviceAccountToken: 'b', roots: 'c' };
    await expect(joinProofReader(both, terminal)).rejects.toThrow('--join-file and --service-account-token');
    await expect(joinProofReader({ ...NONE, roots: 'c' }, terminal)).rejects.toThrow('belong together');
    await expect(joinProofReader({ ...NONE, serviceAccountToken: 'c' }, terminal)).rejects.toThrow('belong together');
  });

  it('has to be readable at the start where a person wrote it', async () => {
    await expect(joinProofReader({ ...NONE, joinFile: `${directory.path}/none` }, terminal)).rejects.toThrow('--join-file');
    await expect(joinProofReader(NONE, { environment: { WEIR_JOIN: 'typo' } })).rejects.toThrow();
  });
});

describe('where the control plane listens', () => {
  it.each([
    ['127.0.0.1:15010', { address: '127.0.0.1', port: 15_010 }],
    ['[::1]:15010', { address: '::1', port: 15_010 }],
    ['weir-control-plane.weir-system.svc:15010', { address: 'weir-control-plane.weir-system.svc', port: 15_010 }],
    ['localhost:1', { address: 'localhost', port: 1 }],
  ])('may be %s', (text, place) => {
    expect(parseHostPlace(text)).toEqual(place);
  });

  it.each(['weir', 'weir:', 'weir:0', 'weir:70000', '1.2.3:80', '1.2.3.4.5:80', '.a:1', 'a..b:1', `${'a'.repeat(254)}:1`])(
    'is not %s',
    text => {
      expect(() => parseHostPlace(text)).toThrow('Write ADDRESS:PORT');
    },
  );
});
