// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { openAuthority } from '@weir/identity/authority';
import { createManualClock, createSeededRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import type { ControlPlaneEvent } from '../control-plane-options.ts';
import { createControlPlane } from '../create-control-plane.ts';

const BEGIN_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** 2035-12-30. */
const END_MS = BEGIN_MS + 3650 * DAY_MS;

const NO_DOCUMENTS = { documents: new Map(), problems: [], changedKeys: [], removedKeys: [], ignoredCount: 0 };

it('a control plane tells in problems and log when its root comes to its last month', async () => {
  const secrets = createMemorySecrets();
  const random = createSeededRandom(3);
  await openAuthority({ secrets, random, clock: createManualClock(BEGIN_MS), trustDomain: 'weir.local' });
  const clock = createManualClock(END_MS - 30 * DAY_MS - 1);
  const events: ControlPlaneEvent[] = [];
  const { controlPlane, startProblems } = await createControlPlane({
    ...{ clock, random, secrets, trustDomain: undefined, leafLifetimeMs: undefined, defaultAddresses: [], allowsPartial: false },
    openSource: () => Promise.resolve({ content: NO_DOCUMENTS, close: () => Promise.resolve() }),
    onEvent: event => void events.push(event),
  });
  await using ending = new AsyncDisposableStack();
  ending.defer(() => controlPlane.close());
  expect(startProblems).toEqual([]);
  expect(controlPlane.rotation.view().status.concerns).toMatchObject([{ code: 'root-expires-soon', isUrgent: false }]);
  clock.advance(2);
  controlPlane.recheck();
  const problem = {
    severity: 'warning',
    code: 'root-expires-soon',
    message: 'the root expires on 2035-12-30T00:00:00.000Z: rotate to a new authority',
    hint: 'weir identity status shows all of it, weir identity rotate begins a rotation to a new root',
  };
  expect(controlPlane.problems).toContainEqual(problem);
  expect(events).toMatchObject([{ kind: 'problems', problems: [problem], unread: [] }]);
  controlPlane.recheck();
  expect(events).toHaveLength(1);
});
