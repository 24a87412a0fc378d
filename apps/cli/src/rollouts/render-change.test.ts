// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { ChangeLog } from './render-change.ts';
import { ANALYSED, LATE, SAMPLE_MS, viewWith } from './sample-views.ts';

const now = { atMs: SAMPLE_MS, trouble: undefined };
const LINE =
  '14:05:31Z  Progressing  step 2/5  weight 5 %  proxies 43/43  Analysis for 5m: until 2026-01-31T14:08:02Z at the latest.';

it('has a line for each change, and none for what is as it was', () => {
  const log = new ChangeLog();
  expect(log.linesFor(ANALYSED, now)).toEqual([
    LINE,
    `14:05:31Z  analysis pass: ${ANALYSED.analysis[0]?.words}`,
    `14:05:31Z  analysis undecided: ${ANALYSED.analysis[1]?.words}`,
  ]);
  const [pass, undecided] = ANALYSED.analysis;
  const counted = viewWith(
    { proxies: { acked: 42, of: 43, late: [], more: 0 } },
    { analysis: [{ ...pass!, words: 'more requests' }, undecided!] },
  );
  expect(log.linesFor(counted, now)).toEqual([]);
  expect(log.linesFor(LATE, now)).toEqual([
    expect.stringMatching(/^14:05:31Z {2}Progressing {2}step 3\/5 {2}weight 50 % {2}proxies 41\/43 {2}shop\/web/v),
  ]);
  const failed = viewWith({}, { analysis: [{ outcome: 'fail', words: 'too many failures' }] });
  expect(log.linesFor(failed, now)).toEqual([LINE, '14:05:31Z  analysis fail: too many failures']);
});

it('says once that nobody answers', () => {
  const log = new ChangeLog();
  log.linesFor(LATE, now);
  const away = { ...now, trouble: 'nobody answers' };
  expect(log.linesFor(LATE, away)).toEqual(['14:05:31Z  nobody answers']);
  expect(log.linesFor(LATE, away)).toEqual([]);
  expect(log.linesFor(LATE, now)).toEqual([]);
  expect(log.linesFor(LATE, away)).toEqual(['14:05:31Z  nobody answers']);
});
