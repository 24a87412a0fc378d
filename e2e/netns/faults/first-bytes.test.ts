// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

let mesh: ControlledMesh;
const own = (port: number, scheme = 'http'): string => `${scheme}://${mesh.host('one').address}:${port}/`;

/** That the receiver has refused a caller, and why. */
async function refused(fault: string, detail: RegExp): Promise<void> {
  const client = mesh.host('outsider').address;
  const fits = (line: Readonly<Record<string, unknown>>): boolean =>
    line['fault'] === fault && line['client'] === client && detail.test(String(line['fault_detail']));
  await waitFor(() => mesh.logOf('one').some(fits), { what: () => `${fault}: ${JSON.stringify(mesh.logOf('one').slice(-3))}` });
}

describe.skipIf(reason !== undefined)(`first bytes that come to an intercepted workload${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: ['client', 'one'], mode: 'Permissive' });
  }, 90_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('a ClientHello of the mesh is read wherever it is split', async () => {
    const { helloBytes, ...heard } = await mesh.splitHello('outsider', { port: 8080, as: 'client' });
    expect(heard).toEqual({ 200: helloBytes - 1 });
    expect(helloBytes).toBeGreaterThan(200);
  });

  describe.each(['Permissive', 'Strict'] as const)('in %s mode', mode => {
    const isStrict = mode === 'Strict';

    beforeAll(async () => {
      await mesh.setMode(mode);
      const isInForce = async (): Promise<boolean> => ((await mesh.curl('outsider', own(8080))) === '') === isStrict;
      await waitFor(isInForce, { what: `the mode ${mode}` });
    });

    it(`plaintext is ${isStrict ? 'refused, and logged' : 'taken'}`, async () => {
      expect(await mesh.curl('outsider', own(8080))).toMatch(isStrict ? /^$/ : / HTTP\/1\.1$/);
      if (isStrict) await refused('plaintext_refused', /takes mutual TLS only/);
    });

    it(`a ClientHello of the application is ${isStrict ? 'refused, and logged,' : 'carried'} wherever it is split`, async () => {
      const { helloBytes, ...heard } = await mesh.splitHello('outsider', { port: 9443 });
      expect(heard).toEqual({ [isStrict ? 'nothing' : '200']: helloBytes - 1 });
      if (isStrict) await refused('peer_refused', /takes TLS of the mesh only/);
    });

    it('TLS of the application goes through from a workload, inside that of the mesh', async () => {
      const at = ['--resolve', `own.example:9443:${mesh.addressOf('api')}`];
      expect(await mesh.curl('client', 'https://own.example:9443/', ...at)).toBe('of its own');
    });

    it(`an application that speaks first is heard by workloads${isStrict ? ' alone' : ' and others'}`, async () => {
      expect(await mesh.hear('client', { address: mesh.addressOf('api'), port: 9000 })).toMatch(/^220 hello/);
      const others = await mesh.hear('outsider', { address: mesh.host('one').address, port: 9000 });
      expect(others).toMatch(isStrict ? /^$/ : /^220 hello/);
    });
  });
});
