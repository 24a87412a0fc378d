// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../documents/index.ts';
import { annotationIssues } from './annotation-issues.ts';

function hintsFor(kind: 'ConfigMap' | 'Service', annotations: Readonly<Record<string, string>>): readonly string[] {
  const body = kind === 'Service' ? { spec: { ports: [{ port: 80 }] } } : { data: {} };
  const text = JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'a', annotations }, ...body });
  return parseDocuments(text, 'a.json')
    .documents.flatMap(annotationIssues)
    .map(({ hint = '' }) => hint);
}

describe('annotations of Weir', () => {
  it("that are known, or somebody else's, are no issue", () => {
    expect(hintsFor('Service', { 'weir.dev/proxy-protocol': 'v1', 'example.com/anything': 'x', 'not-weir.dev/x': 'y' })).toEqual(
      [],
    );
  });

  it.each([
    ['Service', 'weir.dev/proxy-protocl', 'did you mean `weir.dev/proxy-protocol`?'],
    ['Service', 'weir.dev/proxy-protocol-from', 'write it on a Gateway'],
    ['Service', 'weir.dev/gzip', 'known are weir.dev/load-balancing, weir.dev/proxy-protocol, weir.dev/revision'],
    ['ConfigMap', 'weir.dev/compression', 'leave it out: Weir reads no annotation of a ConfigMap'],
  ] as const)('on a %s, %s: %s', (kind, name, hint) => {
    expect(hintsFor(kind, { [name]: 'x' })).toEqual([hint]);
  });
});
