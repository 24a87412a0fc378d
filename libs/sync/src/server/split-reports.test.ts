// SPDX-License-Identifier: Apache-2.0
import type { Backend, Split, SplitReport, SplitState } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import { countedRevision } from '../messages/revision.ts';
import { nameRoot } from '../messages/root.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

let heard: (readonly [string, SplitReport])[];

/** A proxy that has the backend of `shop/cart`, and tells. */
function openProxy(): { readonly core: SyncCore; readonly tell: (report: SplitReport) => void } {
  heard = [];
  const core = new SyncCore({
    ...{ clock: createManualClock(0), random: createScriptedRandom(0.5), authorize: () => true },
    settings: defaultSyncSettings,
    onSplitReport: (proxy, report) => void heard.push([proxy, report]),
  });
  core.update({ version: 1, upserts: [backend('cart'), backend('pay')], removes: [] }, countedRevision(1, 1));
  const stream = core.connect('mesh', { send: () => undefined, end: () => undefined });
  const roots = [nameRoot('backend/shop/cart/80/http2')];
  stream.receive({ type: 'hello', proxy: 'a', protocol: 1, revision: undefined, roots, held: new Map() });
  return { core, tell: report => stream.receive({ type: 'splitReport', report }) };
}

function tell(report: SplitReport): void {
  openProxy().tell(report);
}

it('what a proxy saw of splits is told of those that it was given, and of no others', () => {
  tell({ counts: [], states: [state('cart'), state('pay')] });
  expect(heard).toEqual([['mesh/a', { counts: [], states: [state('cart')] }]]);
});

it("a proxy that names somebody else's Rollout beside a backend of its own is not heard", () => {
  const forged = { rollout: 'bank/pay', step: '1', backend: 'shop/cart:80' };
  const numbers = { succeeded: 0, failed: 1000, statuses: [0, 0, 0, 0, 1000], latencies: [] };
  tell({
    counts: [{ ...forged, route: '', revision: 'v2', ...numbers }],
    states: [{ ...state('cart'), ...forged, blown: '9 of 9 failed' }],
  });
  expect(heard).toEqual([['mesh/a', { counts: [], states: [] }]]);
});

it('a proxy is heard of a split that is gone until what it sent there has ended', () => {
  const { core, tell: goOn } = openProxy();
  const inFlight = { counts: [], states: [{ ...state('cart'), stableInFlight: 1 }] };
  const nothing = { counts: [], states: [] };
  goOn(inFlight);
  core.update({ version: 2, upserts: [unsplit('cart')], removes: [] }, countedRevision(1, 2));
  for (const report of [inFlight, nothing, inFlight]) goOn(report);
  expect(heard.map(([, report]) => report)).toEqual([inFlight, inFlight, nothing, nothing]);
});

function state(service: string): SplitState {
  const split = { rollout: `shop/${service}`, step: '1', backend: `shop/${service}:80` };
  return { ...split, stableInFlight: 0, candidateInFlight: 0, blown: undefined };
}

function backend(service: string): Backend {
  return { ...unsplit(service), split: splitOf(`shop/${service}`) };
}

function unsplit(service: string): Backend {
  return {
    ...{ kind: 'backend', name: `backend/shop/${service}/80/http2`, label: `shop/${service}:80`, protocol: 'http2' },
    ...{ tls: undefined, proxyProtocol: undefined, balance: 'random', connectTimeoutMs: 1, sessionPersistence: undefined },
    ...{ circuitBreaker: undefined, connectionLimits: undefined, sources: [], endpoints: [] },
  };
}

function splitOf(rollout: string): Split {
  return {
    ...{ rollout, step: '1', candidateShare: 100, assignment: undefined, matches: [], mirrorShare: 0, fuse: undefined },
    ...{ stable: { revision: 'v1', endpoints: [] }, candidate: { revision: 'v2', endpoints: [] } },
  };
}
