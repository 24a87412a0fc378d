// SPDX-License-Identifier: Apache-2.0
import type { MeshSettings } from '@weir/policy/snapshot';
import { expect, it } from 'vitest';
import { captureNote } from './capture-note.ts';

const settings = (ranges: readonly string[]): MeshSettings => ({
  kind: 'meshSettings',
  name: 'mesh-settings',
  trustDomain: 'weir.test',
  ranges,
  unknownDestinations: 'allow',
  gateways: [],
});

it('says that nobody would ask who is at an address as long as the mesh has no ranges', () => {
  const note: unknown = expect.stringContaining('ranges');
  expect([captureNote(undefined), captureNote(settings([])), captureNote(settings(['10.0.0.0/8']))]).toEqual([
    note,
    note,
    undefined,
  ]);
});
