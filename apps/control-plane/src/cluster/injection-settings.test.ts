// SPDX-License-Identifier: Apache-2.0
import { parseDocuments, documentKey } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { expect, it } from 'vitest';
import { createSidecarDefaults } from './cluster-defaults.ts';
import { injectionSettings } from './injection-settings.ts';

const SHARED = { image: 'weir:1', controlPlane: 'cp:15010', trustDomain: 'weir.local' };

function documentsOf(data: string): ReadonlyMap<string, Document> {
  const text = `
apiVersion: v1
kind: ConfigMap
metadata: { name: weir-sidecar-defaults, namespace: weir-system }
data: ${data}
`;
  return new Map(parseDocuments(text, 'all.yaml').documents.map(document => [documentKey(document), document]));
}

it('sidecars have what the ConfigMap says, as it is now; while it cannot be read, what it said before', () => {
  const notes: string[] = [];
  const defaults = createSidecarDefaults({ namespace: 'weir-system', onNote: text => notes.push(text) });
  const settingsFor = (data: string): object => injectionSettings(SHARED, defaults.from(documentsOf(data)));
  const resources = { requests: { cpu: '50m' }, limits: {} };
  const said = '{ resources: \'{"requests": {"cpu": "50m"}}\', image-pull-policy: Never, trace-ratio: "0.1" }';
  expect(settingsFor(said)).toEqual({ ...SHARED, resources, imagePullPolicy: 'Never', traceRatio: 0.1 });
  expect(settingsFor('{ image-pull-policy: Sometimes }')).toMatchObject({ resources, imagePullPolicy: 'Never' });
  expect(notes).toEqual([
    'the defaults of sidecars stay as they were: ConfigMap weir-system/weir-sidecar-defaults has image-pull-policy `Sometimes`: write Always or IfNotPresent or Never',
  ]);
  expect(settingsFor('{ image-pull-policy: Always }')).toMatchObject({ imagePullPolicy: 'Always' });
});

it('without the ConfigMap sidecars have bounds all the same', () => {
  expect(injectionSettings(SHARED, {})).toEqual({
    ...SHARED,
    resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } },
  });
});
