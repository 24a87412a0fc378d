// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import { configured, converges, marked } from '../stage/marked-route.ts';

const reason = whyNoNetwork();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

let mesh: ControlledMesh;

describe.skipIf(reason !== undefined)(`a network that loses, delays or parts${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: ['client', 'one'], objects: [marked('first')] });
    await converges(mesh, 'first');
  }, 90_000);

  afterEach(async () => {
    for (const name of ['client', 'one', 'plane'] as const) await mesh.net.netem(name, {});
    await mesh.net.heal();
  });

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('between workloads, 3 % lost and 100 ms late: no call fails', async () => {
    await using load = await mesh.load();
    await mesh.net.netem('one', { delayMs: 50, lossRatio: 0.03 });
    await load.goOn(150);
    expect((await load.stop()).failures).toEqual({});
  });

  it('to the control plane, 3 % lost and 100 ms late: no call fails, and changes arrive', async () => {
    await using load = await mesh.load();
    await mesh.net.netem('plane', { delayMs: 50, lossRatio: 0.03 });
    for (const version of ['second', 'third']) {
      await mesh.write(marked(version));
      await converges(mesh, version);
    }
    expect((await load.stop()).failures).toEqual({});
  });

  it('a partition of two workloads fails what they call, and heals; their configuration is not concerned', async () => {
    await using load = await mesh.load();
    await mesh.net.partition('client', 'one');
    await waitFor(() => load.failedCount > 0, { what: 'failed calls', timeoutMs: 30_000 });
    await mesh.write(marked('fourth'));
    await waitFor(async () => (await mesh.accepted('client')).includes('fourth'), { what: 'the change' });
    await mesh.net.heal();
    await load.goOn(100);
    const { failures } = load.counts;
    await load.goOn(100);
    // Each of its four clients gives up once by itself, after 10 s; connections that they open then are refused after 5 s.
    expect(load.failedCount).toBeLessThan(20);
    expect(load.counts.failures).toEqual(failures);
    expect(await configured(mesh)).toBe('fourth');
  });

  it('a partition that is shorter than any timeout fails nothing', async () => {
    await using load = await mesh.load();
    await mesh.net.partition('client', 'one');
    await load.fallsSilent(1_000);
    await mesh.net.heal();
    await load.goOn(100);
    expect((await load.stop()).failures).toEqual({});
  });
});
