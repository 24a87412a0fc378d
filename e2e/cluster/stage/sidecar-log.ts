// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { TestNamespace } from './test-namespace.ts';

type LogLine = Readonly<Record<string, unknown>>;

/** Waits for a line of the access log of a Deployment's sidecars that has all of these. */
export async function isLogged(namespace: TestNamespace, deployment: string, wanted: LogLine): Promise<void> {
  const words = ['logs', '--selector', `app=${deployment}`, '--container', 'weir-sidecar', '--tail', '-1'];
  let last: readonly LogLine[] = [];
  const isThere = async (): Promise<boolean> => {
    last = parseLines(await namespace.kubectl(words));
    return last.some(line => Object.entries(wanted).every(([key, value]) => line[key] === value));
  };
  await waitFor(isThere, {
    what: () =>
      `a line ${JSON.stringify(wanted)}; the last:\n${last
        .slice(-5)
        .map(line => JSON.stringify(line))
        .join('\n')}`,
  });
}

function parseLines(text: string): readonly LogLine[] {
  // Other lines are not of the access log.
  return text
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as LogLine);
}
