// SPDX-License-Identifier: Apache-2.0

/** About twenty requests a second: enough to see, nothing to feel. */
const REQUEST_PERIOD_MS = 50;
const SUMMARY_PERIOD_MS = 5_000;
const TIMEOUT_MS = 10_000;

interface Visit {
  readonly path: string;
  readonly order?: string;
}

/** One round of visits: pages, and each service by its API. */
const ROUND: readonly Visit[] = [
  { path: '/' },
  { path: '/api/catalogue/products' },
  { path: '/products/kayak' },
  { path: '/api/reviews/kayak' },
  { path: '/api/catalogue/products/lantern' },
  { path: '/products/compass' },
  { path: '/api/orders', order: 'flask' },
  { path: '/api/catalogue/products' },
  { path: '/api/orders' },
  { path: '/api/reviews/boots' },
];

interface Tally {
  requestCount: number;
  failureCount: number;
  /** Answers by catalogue version. */
  versions: Map<string, number>;
  durationsMs: number[];
}

/** Sends steady traffic to the shop and prints a line every five seconds. Returns what ends it. */
export function startTraffic(origin: string, print: (line: string) => void): () => void {
  let tally = createTally();
  let visitCount = 0;
  const visits = setInterval(() => {
    void pay(origin, ROUND[visitCount++ % ROUND.length]!, tally);
  }, REQUEST_PERIOD_MS);
  const summaries = setInterval(() => {
    print(summarise(tally));
    tally = createTally();
  }, SUMMARY_PERIOD_MS);
  return () => {
    clearInterval(visits);
    clearInterval(summaries);
  };
}

function createTally(): Tally {
  return { requestCount: 0, failureCount: 0, versions: new Map(), durationsMs: [] };
}

async function pay(origin: string, { path, order }: Visit, tally: Tally): Promise<void> {
  const started = performance.now();
  tally.requestCount++;
  try {
    const answer = await fetch(`${origin}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(order === undefined ? {} : { method: 'POST', body: JSON.stringify({ product: order }) }),
    });
    const text = await answer.text();
    tally.durationsMs.push(performance.now() - started);
    if (!answer.ok) tally.failureCount++;
    const version = /catalogue (?<page>v[1-3])|"version": "(?<api>v[1-3])"/v.exec(text)?.groups;
    const name = version?.['page'] ?? version?.['api'];
    if (name !== undefined) tally.versions.set(name, (tally.versions.get(name) ?? 0) + 1);
  } catch {
    tally.failureCount++;
  }
}

function summarise({ requestCount, failureCount, versions, durationsMs }: Tally): string {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const total = [...versions.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...versions]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => `${name} ${Math.round((100 * count) / total)} %`);
  const catalogue = total === 0 ? '' : `, catalogue ${shares.join(' ')}`;
  return `visitors: ${requestCount} requests in ${SUMMARY_PERIOD_MS / 1000} s, ${failureCount} failed, median ${medianMs.toFixed(1)} ms${catalogue}`;
}
