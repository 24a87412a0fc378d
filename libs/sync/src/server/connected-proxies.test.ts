// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import { countedRevision } from '../messages/revision.ts';
import type { ProxyStream } from './proxy-stream.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

it('a proxy is connected from its hello until the last of its streams has ended', () => {
  const core = new SyncCore({
    ...{ clock: createManualClock(0), random: createScriptedRandom(0.5), authorize: () => true },
    settings: defaultSyncSettings,
  });
  core.update({ version: 1, upserts: [], removes: [] }, countedRevision(1, 1));
  const connect = (): ProxyStream => core.connect('mesh', { send: () => undefined, end: () => undefined });
  const hello = (stream: ProxyStream): void =>
    stream.receive({ type: 'hello', proxy: 'a', protocol: 1, revision: undefined, roots: [], held: new Map() });
  const [first, second] = [connect(), connect()];
  expect(core.isConnected('mesh/a')).toBe(false);
  hello(first);
  hello(second);
  first.close();
  first.close();
  expect(core.isConnected('mesh/a')).toBe(true);
  second.close();
  expect(core.isConnected('mesh/a')).toBe(false);
});
