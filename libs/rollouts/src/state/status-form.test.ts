// SPDX-License-Identifier: Apache-2.0
import { parseDocuments } from '@weir/policy/documents';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrived, handedOver, RolloutLab } from '../advance/walk/rollout-lab.ts';
import { planOf } from '../plan/plan-of.ts';
import { statusOf } from './rollout-status.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/rollouts.md'), 'utf8');
const example = page.split('```yaml\n')[1]!.split('```')[0]!;

function rolloutOf(
  text: string,
  file: string,
): Extract<ReturnType<typeof parseDocuments>['documents'][number], { kind: 'Rollout' }> {
  const { documents, problems } = parseDocuments(text, file);
  expect(problems).toEqual([]);
  const [document] = documents;
  if (document?.kind !== 'Rollout') throw new Error('no Rollout was read');
  return document;
}

describe('a state that is written into a status', () => {
  it('is read by the compiler as what is in force', () => {
    const lab = new RolloutLab({ strategy: { match: { requests: [{ hosts: ['next.shop.example'] }], end: 'Wait' } } });
    lab.look(0);
    lab.look(1, arrived(lab.state));
    const { spec } = rolloutOf(example, 'shop.yaml');
    const metadata = { name: 'shop', namespace: 'shop' };
    const status = statusOf(lab.state, 1);
    const written = JSON.stringify({ apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata, spec, status });
    const { split } = rolloutOf(written, 'shop.json').status!;
    expect(split).toEqual(handedOver(lab.state).split);
    expect(split?.matches).toEqual([{ hosts: ['next.shop.example'] }]);
  });
});

describe('the example of docs/rollouts.md', () => {
  it('is read, and means what the page says', () => {
    const { steps, hasAnalysis } = planOf(rolloutOf(example, 'shop.yaml').spec);
    expect(steps.map(({ words }) => words)).toEqual([
      '5 % of the requests',
      'analysis for 5m',
      '50 % of the requests',
      'pause of 10m',
    ]);
    expect(hasAnalysis).toBe(true);
  });
});
