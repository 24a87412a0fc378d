// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';

type ObjectReport = ApiResources['object'];
type Programmed = NonNullable<ObjectReport['programmed']>;

/** What all replicas say of one object; undefined = none says anything. */
export function mergeReports(reports: readonly ObjectReport[]): ObjectReport | undefined {
  const [first, ...others] = reports;
  if (first === undefined || others.length === 0) return first;
  const programmed = mergeProgrammed(reports.flatMap(report => report.programmed ?? []));
  // A replica that started later saw it later.
  const [since] = reports.flatMap(report => report.since ?? []).sort();
  // One that started later may know nothing of what an object said before.
  const [unread] = reports.flatMap(report => report.unread ?? []);
  return {
    ...first,
    ...(unread === undefined ? {} : { unread }),
    ...(since === undefined ? {} : { since }),
    ...(programmed === undefined ? {} : { programmed }),
    proxies: {
      needing: sumOf(reports.map(({ proxies }) => proxies.needing)),
      having: sumOf(reports.map(({ proxies }) => proxies.having)),
      waiting: reports.flatMap(({ proxies }) => proxies.waiting),
      refusing: reports.flatMap(({ proxies }) => proxies.refusing),
    },
  };
}

/** Each replica says it of the proxies of all: the one that knows least is believed. One without any may have forgotten who had it. */
function mergeProgrammed(all: readonly Programmed[]): Programmed | undefined {
  return (['false', 'true', 'noSubscribers'] as const).flatMap(status => all.filter(one => one.status === status))[0];
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
