// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Snapshot } from '@weir/policy/snapshot';
import { createManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../explain.ts';
import { compiledFrom, SHOP } from '../sample/compiled-documents.ts';
import { accessChange, clientRequest, keyOf, SECRETS } from '../sample/generated-access.ts';
import type { ClientRequest, GeneratedAccess } from '../sample/generated-access.ts';
import type { Compiled } from './policy-diff.ts';
import { diffPolicies } from './diff-policies.ts';
import { changesOf, isWeakening } from './policy-diff.ts';

const RUNS = 150;

/** Of two documents of one name the later counts, as it would in an edited directory. */
function compiled(documents: readonly GeneratedAccess[]): Compiled {
  const text = [...SECRETS, ...documents].map(document => JSON.stringify(document)).join('\n---\n');
  return compiledFrom(createManualClock(), SHOP, text);
}

function isAdmitted(snapshot: Snapshot, { method, path, from, key, tier }: ClientRequest): boolean {
  const fields = Object.entries({ 'x-api-key': key, 'x-tier': tier }).filter(([, value]) => value !== undefined);
  const headers = HeaderList.of(...(fields as [string, string][]));
  const { answer } = explain(snapshot, { method, url: `http://shop.example:8080${path}`, headers, clientAddress: from });
  return answer.kind === 'forwarded';
}

describe('for random policies, Consumers and requests', () => {
  it('whatever admits a request that was refused is marked', () => {
    let openedCount = 0;
    const property = fc.property(accessChange, fc.array(clientRequest, { minLength: 20, maxLength: 40 }), (change, requests) => {
      const [before, after] = [compiled(change.before), compiled(change.after)];
      const opened = requests.filter(request => !isAdmitted(before.snapshot, request) && isAdmitted(after.snapshot, request));
      if (opened.length === 0) return;
      openedCount++;
      expect(isWeakening(diffPolicies(before, after))).toBe(true);
    });
    fc.assert(property, { numRuns: RUNS });
    // Else nothing has been tried; a tenth of the runs open something.
    expect(openedCount).toBeGreaterThan(0);
  });

  it('authentication that opens what no rule could admit before is marked', () => {
    const of = (kind: string, name: string, spec: GeneratedAccess['spec']): GeneratedAccess => ({
      apiVersion: 'weir.dev/v1alpha1',
      kind,
      metadata: { name, namespace: 'shop' },
      spec,
    });
    const targetRefs = [{ group: '', kind: 'Namespace', name: 'shop' }];
    const rules = [{ name: 'staff', action: 'Allow', groups: ['staff'] }];
    const methods = [{ name: 'keys', apiKey: { from: [{ header: 'x-api-key' }] } }];
    const mobile = of('Consumer', 'mobile', { groups: ['staff'], apiKeys: [{ secretRef: { name: 'first' } }] });
    const staff = of('AccessPolicy', 'staff', { targetRefs, authorization: { rules } });
    const keys = of('AccessPolicy', 'keys', { targetRefs, authentication: { methods } });
    const [before, after] = [compiled([mobile, staff]), compiled([mobile, staff, keys])];
    const request: ClientRequest = { method: 'GET', path: '/cart', from: '10.1.2.3', key: keyOf('first'), tier: undefined };
    expect([before, after].map(({ snapshot }) => isAdmitted(snapshot, request))).toEqual([false, true]);
    expect(isWeakening(diffPolicies(before, after))).toBe(true);
  });

  it('whatever changes the answer to a request is told', () => {
    const property = fc.property(accessChange, fc.array(clientRequest, { minLength: 20, maxLength: 40 }), (change, requests) => {
      const [before, after] = [compiled(change.before), compiled(change.after)];
      const differs = requests.some(request => isAdmitted(before.snapshot, request) !== isAdmitted(after.snapshot, request));
      if (differs) expect(changesOf(diffPolicies(before, after))).not.toEqual([]);
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
