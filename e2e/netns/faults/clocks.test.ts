// SPDX-License-Identifier: Apache-2.0
import { waitFor, whyNoNetwork } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlledMesh } from '../stage/controlled-mesh.ts';
import type { Workload } from '../stage/controlled-mesh.ts';
import { whyNoOtherClock } from '../stage/other-clock.ts';

const reason = whyNoNetwork() ?? whyNoOtherClock();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;
const SKEW_MS = 30_000;

let mesh: ControlledMesh;

async function isCalled(name: Workload): Promise<void> {
  await waitFor(() => mesh.logOf(name).some(({ status }) => status === 200), { what: `calls to ${name}` });
}

describe.skipIf(reason !== undefined)(`clocks that are half a minute ahead and behind${note}`, () => {
  beforeAll(async () => {
    mesh = await ControlledMesh.open({ workloads: ['client', 'one', 'two'], clocks: { client: '+30s', two: '-30s' } });
  }, 90_000);

  afterAll(() => mesh[Symbol.asyncDispose]());

  it('are borne: workloads join, call each other, and get certificates of another root, and no call fails', async () => {
    await using load = await mesh.load();
    await isCalled('one');
    await isCalled('two');
    const timeOf = (name: 'client' | 'two'): number => Date.parse(String(mesh.logOf(name).at(-1)?.['time']));
    expect(timeOf('client') - timeOf('two')).toBeGreaterThan(1.5 * SKEW_MS);
    const rotated = await mesh.weir('identity', 'rotate', '--wait', '50s');
    expect(rotated).toMatchObject({ code: 0 });
    await load.goOn(100);
    expect(await load.stop()).toMatchObject({ failures: {}, resentCount: 0 });
  });
});
