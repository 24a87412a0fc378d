// SPDX-License-Identifier: Apache-2.0
import type { MeshSettings } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { startNotes } from './start-notes.ts';

const settings = (ranges: readonly string[]): MeshSettings => ({
  kind: 'meshSettings',
  name: 'mesh-settings',
  trustDomain: 'weir.test',
  ranges,
  unknownDestinations: 'allow',
  gateways: [],
});

const QUIET = { identity: 'shop/cart', isCapturing: false, outboundAt: [], settings: settings([]) };

describe('a sidecar that has started', () => {
  it('says nothing where nothing is odd', () => {
    const outboundAt = ['127.0.0.1', '127.1.2.3', '::1'].map(address => ({ address, port: 4001 }));
    expect(startNotes({ ...QUIET, outboundAt })).toEqual([]);
    expect(startNotes({ ...QUIET, isCapturing: true, settings: settings(['10.0.0.0/8']) })).toEqual([]);
  });

  it.each([undefined, settings([])])('says that nobody would ask who is at an address', known => {
    expect(startNotes({ ...QUIET, isCapturing: true, settings: known })).toEqual([expect.stringContaining('has no `ranges`')]);
  });

  it('names the ports at which others can call in its name', () => {
    const outboundAt = ['0.0.0.0', 'fd00::7'].map(address => ({ address, port: 4001 }));
    expect(startNotes({ ...QUIET, outboundAt })).toEqual([
      'whoever reaches 0.0.0.0:4001 calls as shop/cart: it is no loopback address',
      'whoever reaches [fd00::7]:4001 calls as shop/cart: it is no loopback address',
    ]);
  });
});
