// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIDECAR } from '@weir/kubernetes';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Ports that the table of docs/install.md has for somebody. */
function toldPorts(to: string): readonly string[] {
  const [, table = ''] = read('docs/install.md').split('<!-- table: ports -->');
  const rows = table.split('\n').map(line => line.split('|').map(cell => cell.trim()));
  return rows.flatMap(([, name, port = '']) => (name === to && /^\d+$/.test(port) ? [port] : [])).toSorted();
}

it('the ports of the control plane are those that docs/install.md has', () => {
  const deployment = read('charts/weir/templates/control-plane/deployment.yaml');
  const ports = [...deployment.matchAll(/containerPort: (\d+)/g)].flatMap(([, port]) => port ?? []);
  expect(ports).toHaveLength(4);
  expect(toldPorts('control plane')).toEqual(ports.toSorted());
});

it('the ports of sidecars that others connect to are those that docs/install.md has', () => {
  const { probePort, metricsPort } = SIDECAR;
  expect(toldPorts('pods with sidecars')).toEqual([probePort, metricsPort].map(String).toSorted());
});
