// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderRollout } from './render-rollout.ts';
import type { Shown } from './render-rollout.ts';
import { ABORTED, ANALYSED, LATE, SAMPLE_MS, STABLE, viewWith } from './sample-views.ts';

const shown: Shown = { columns: 80, rows: 23, atMs: SAMPLE_MS, paint: createPaint(false), isWhole: false };

function textOf(view: typeof ANALYSED, more: Partial<Shown> = {}): string {
  return renderRollout(view, { ...shown, ...more }).join('\n');
}

describe('a Rollout on a screen of 80 columns', () => {
  it('in the midst of an analysis', () => {
    expect(textOf(ANALYSED)).toBe(`\
shop/checkout  canary of Service checkout                              14:05:31Z
  ● Progressing  step 2/5  checkout-v1 → checkout-v2
  Analysis for 5m: until 2026-01-31T14:08:02Z at the latest.

  weight   ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  5 % to checkout-v2
  proxies  ████████████████████████████████████████  43/43 have it

  steps    ✓ 1  5 % of the requests
           ▶ 2  analysis for 5m
             3  50 % of the requests
             4  pause of 10m
             5  all requests

  seen     in step 2     requests    failed   success      p50      p99
  edge     checkout-v1     48,213         9   99.98 %    12 ms    80 ms
           checkout-v2      2,534         1   99.96 %    13 ms    95 ms
  mesh     checkout-v1      9,120         0     100 %   4.1 ms    22 ms
           checkout-v2        471         0     100 %   4.3 ms    25 ms

  analysis ✓ success rate 99.97 % (stable 99.98 %) over 3,005 requests: not
             worse than 0.5 points allowed
           ? p99 92 ms (stable 76 ms) over 3,004 requests: 1.1 % (stable 0.4 %)
             slower than 1.3 times stable's p99, 99 ms: not clear yet`);
  });

  it('as the documentation shows it', () => {
    const page = readFileSync(new URL('../../../../docs/rollouts.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n\`\`\`text\n${textOf(ANALYSED)}\n\`\`\`\n`);
  });

  it('with proxies that are late', () => {
    expect(textOf(LATE)).toBe(`\
shop/checkout  canary of Service checkout                              14:05:31Z
  ● Progressing  step 3/5  checkout-v1 → checkout-v2
  shop/web/10.0.0.7:8080 has not taken this within 30s; waits until they have
  it, or are gone for good.

  weight   ████████████████████░░░░░░░░░░░░░░░░░░░░  50 % to checkout-v2
  proxies  ██████████████████████████████████████░░  41/43 have it
           late: shop/web/10.0.0.7:8080, shop/stock/10.0.0.9:8080

  steps    ✓ 1  5 % of the requests
           ✓ 2  analysis for 5m
           ▶ 3  50 % of the requests
             4  pause of 10m
             5  all requests

  seen     no requests before step 3`);
  });

  it('of a Deployment, with the Pods of both revisions', () => {
    const revisions = [
      { revision: 'checkout-v0', number: 5, ready: 0, wanted: 1 },
      { revision: 'checkout-v1', number: 6, ready: 4, wanted: 4 },
      { revision: 'checkout-v2', number: undefined, ready: 2, wanted: 4 },
    ];
    const view = { ...ANALYSED, deployment: { name: 'checkout', revisions } };
    expect(textOf(view, { rows: 100 })).toContain(`
  pods     checkout-v1  4/4 can serve, revision 6 of Deployment checkout
           checkout-v2  2/4 can serve

  steps    `);
    expect(textOf(view)).toContain('checkout-v2  2/4 can serve');
  });

  it('aborted, with all that is known', () => {
    expect(textOf(ABORTED, { isWhole: true, rows: 100 })).toBe(`\
shop/checkout  canary of Service checkout                              14:05:31Z
  ● Aborted  checkout-v1 → checkout-v2
  checkout-v2 has no requests, checkout-v1 has all: errors. Waits for retry, or
  for another revision.

  weight   ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 % to checkout-v2
  proxies  ████████████████████████████████████████  43/43 have it

  steps      1  5 % of the requests
             2  analysis for 5m
             3  50 % of the requests
             4  pause of 10m
             5  all requests

  seen     so far        requests    failed   success      p50      p99
  edge     checkout-v1     48,213         9   99.98 %    12 ms    80 ms
           checkout-v2      2,534         1   99.96 %    13 ms    95 ms
  mesh     checkout-v1      9,120         0     100 %   4.1 ms    22 ms
           checkout-v2        471         0     100 %   4.3 ms    25 ms

  analysis ✓ success rate 99.97 % (stable 99.98 %) over 3,005 requests: not
             worse than 0.5 points allowed
           ? p99 92 ms (stable 76 ms) over 3,004 requests: 1.1 % (stable 0.4 %)
             slower than 1.3 times stable's p99, 99 ms: not clear yet

  aborted  checkout-v2 by weir at 2026-01-31T14:05:31Z: the success rate is too
           low.
  asked    resume by operator at 2026-01-31T14:05:31Z, refused: The rollout is
           aborted. Retry it, or offer another revision.
  is       Progressing True (Progressing) since 2026-01-31T14:00:31Z
           Paused False (NotPaused) since 2026-01-31T14:00:31Z
           Stalled False (Time) since 2026-01-31T14:00:31Z`);
  });

  it('at its end', () => {
    expect(textOf(STABLE)).toBe(`\
shop/checkout  canary of Service checkout                              14:05:31Z
  ● Stable  checkout-v2
  checkout-v2 has all requests.

  steps      1  5 % of the requests
             2  analysis for 5m
             3  50 % of the requests
             4  pause of 10m
             5  all requests

  last     checkout-v1 → checkout-v2, ended 2026-01-31T14:05:31Z`);
  });

  it('that has few rows', () => {
    expect(textOf(ANALYSED, { rows: 18 })).toBe(`\
shop/checkout  canary of Service checkout                              14:05:31Z
  ● Progressing  step 2/5  checkout-v1 → checkout-v2
  Analysis for 5m: until 2026-01-31T14:08:02Z at the latest.
  weight   ██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  5 % to checkout-v2
  proxies  ████████████████████████████████████████  43/43 have it
  steps    ✓ 1  5 % of the requests
           ▶ 2  analysis for 5m
             3  50 % of the requests
             4  pause of 10m
             5  all requests
  seen     in step 2     requests    failed   success      p50      p99
  edge     checkout-v1     48,213         9   99.98 %    12 ms    80 ms
           checkout-v2      2,534         1   99.96 %    13 ms    95 ms
  mesh     checkout-v1      9,120         0     100 %   4.1 ms    22 ms
           checkout-v2        471         0     100 %   4.3 ms    25 ms
  analysis ✓ success rate 99.97 % (stable 99.98 %) over 3,005 requests: not wor…
           ? p99 92 ms (stable 76 ms) over 3,004 requests: 1.1 % (stable 0.4 %)…`);
  });
});

describe('a Rollout on a screen', () => {
  it.each([10, 80, 100, 120, 300])('of %i columns has no line that is longer, with and without colours', columns => {
    const late = Array.from({ length: 10 }, (_, i) => `shop/some-workload-with-a-name/10.0.0.${i}:8080`);
    const name = 'a-revision-whose-name-is-longer-than-it-should-be-'.repeat(3);
    const split = { step: 's', stable: name, candidate: name, candidateShare: 1, mirrorShare: 1000 };
    const wordy = viewWith(
      { stable: name, candidate: name, split, message: 'word '.repeat(80).trim(), proxies: { acked: 1, of: 12, late, more: 1 } },
      { name, service: name, steps: Array.from({ length: 30 }, () => name) },
    );
    for (const view of [ANALYSED, LATE, ABORTED, STABLE, wordy]) {
      for (const isColour of [false, true]) {
        const lines = renderRollout(view, { ...shown, columns, rows: 100, paint: createPaint(isColour), isWhole: true });
        const widest = Math.max(...lines.map(line => stripVTControlCharacters(line).length));
        expect(widest).toBeLessThanOrEqual(Math.min(Math.max(columns, 68), 120));
      }
    }
  });

  it.each([5, 12, 20, 23])('of %i rows has no more lines, and its present step', rows => {
    const steps = Array.from({ length: 40 }, (_, i) => `${i} % of the requests`);
    const view = viewWith({ step: { id: 's', index: 20, of: 41, words: '19 %', requestedAtMs: 0 } }, { steps });
    const lines = renderRollout(view, { ...shown, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    if (rows > 10) expect(lines.join('\n')).toContain('▶ 20  19 % of the requests');
  });

  it('says with colours what it says without', () => {
    const painted = textOf(LATE, { paint: createPaint(true) });
    expect(painted).toContain('\u001B[33m');
    expect(stripVTControlCharacters(painted)).toBe(textOf(LATE));
  });

  it('is never full or empty where it is not', () => {
    const withShare = (candidateShare: number): string =>
      textOf(viewWith({ split: { step: 's', stable: 'v1', candidate: 'v2', candidateShare, mirrorShare: 0 } }));
    expect(withShare(1)).toMatch(/^ {2}weight {3}█░{39} {2}0\.01 % to/mv);
    expect(withShare(9999)).toMatch(/^ {2}weight {3}█{39}░ {2}99\.99 % to/mv);
    expect(withShare(10_000)).toMatch(/^ {2}weight {3}█{40} {2}100 % to/mv);
  });

  it('tells of copies, matches and pauses, and of a control plane that does not answer', () => {
    const split = { step: 's', stable: 'v1', candidate: 'v2', candidateShare: 0, mirrorShare: 1000, matches: [{}] };
    const view = viewWith({ split, paused: { by: 'alice', atMs: SAMPLE_MS, isWritten: false } });
    const text = textOf(view, { isWhole: true, rows: 100, trouble: 'no control plane answers' });
    expect(text).toContain('● Progressing, paused  step 2/5');
    expect(text).toContain('\n           and copies of 10 % of the requests\n           and the requests that fit a match\n');
    expect(text).toContain('\n  paused   by alice since 2026-01-31T14:05:31Z\n');
    expect(text).toContain('\n  no control plane answers\n');
  });

  it('shows one that nothing is known of yet', () => {
    expect(textOf({ ...ANALYSED, state: undefined })).toContain('  Nothing has been looked at yet.');
  });
});
