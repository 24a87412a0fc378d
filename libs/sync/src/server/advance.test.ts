// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import type { Push } from '../messages/protocol.ts';
import { nameRoot } from '../messages/root.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

const BUNDLE = { kind: 'trustBundle', name: 'trust/a', authoritiesPem: '' } as const;
const at = (services: number, routes: number) => ({ epoch: 1, positions: { services, routes } });

it('serves a proxy of another replica once it has read as far, also where nothing happened since', () => {
  const ports = { clock: createManualClock(), random: createScriptedRandom(0.5) };
  const core = new SyncCore({ ...ports, authorize: () => true, settings: defaultSyncSettings });
  core.update({ version: 1, upserts: [BUNDLE], removes: [] }, at(1, 1));
  const pushes: Push[] = [];
  const stream = core.connect('shop/cart', { send: push => void pushes.push(push), end: () => undefined });
  stream.receive({ type: 'hello', proxy: 'a', protocol: 1, revision: at(9, 1), roots: [nameRoot('trust/a')], held: new Map() });
  core.advance(at(8, 9));
  expect(pushes).toEqual([]);
  core.advance(at(9, 9));
  // What was read is not what is known: the next replica need not have read as far as this one. Nor does the proxy hear of less than it knew.
  expect(pushes).toMatchObject([{ revision: at(9, 1) }]);
});
