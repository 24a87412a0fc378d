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
  return {
    ...first,
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

function mergeProgrammed(all: readonly Programmed[]): Programmed | undefined {
  if (all.length === 0) return undefined;
  const statuses = new Set(all.map(({ status }) => status));
  // Proxies of one replica that lack it are proxies that lack it; a replica without any says nothing about it.
  const status = (['false', 'true', 'noSubscribers'] as const).find(one => statuses.has(one)) ?? 'noSubscribers';
  return {
    status,
    of: sumOf(all.map(({ of }) => of)),
    acked: sumOf(all.map(({ acked }) => acked)),
    waiting: all.flatMap(({ waiting }) => waiting),
    gone: all.flatMap(({ gone }) => gone),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
