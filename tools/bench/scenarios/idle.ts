// SPDX-License-Identifier: Apache-2.0
import { startEchoBackend } from '../load/backend.ts';
import { IdleConnections, type IdleKind } from '../load/idle-connections.ts';
import { countDescriptors } from '../measure/descriptors.ts';
import { settleRss } from '../measure/settle.ts';
import { weir } from '../peers/weir.ts';
import type { BenchContext, ResultRow, Scenario, ScenarioResult, Target } from './scenario.ts';
import { launchWeir } from './weir-process.ts';

const MOST = 10_000;
/** With these the process grows to its working size: those that come after show what one more costs. */
const FIRST = 1_000;
/** What the gateway has open besides. */
const SPARE_DESCRIPTORS = 500;
const KIBIBYTE = 1_024;
/** More than one: to one endpoint a gateway opens only so many connections. */
const BACKEND_ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'];

interface Case {
  readonly label: string;
  readonly kind: IdleKind;
  readonly isTls: boolean;
  /** Of the gateway, for each connection. */
  readonly descriptors: number;
  /** KiB a connection; absent = it is only stated. */
  readonly limit?: number;
}

const CASES: readonly Case[] = [
  { label: 'HTTP/1.1', kind: 'http1', isTls: false, descriptors: 1, limit: 12 },
  { label: 'HTTP/2', kind: 'http2', isTls: false, descriptors: 1, limit: 40 },
  { label: 'WebSocket', kind: 'websocket', isTls: false, descriptors: 2, limit: 12 },
  { label: 'HTTP/1.1 over TLS', kind: 'http1', isTls: true, descriptors: 1 },
  { label: 'HTTP/2 over TLS', kind: 'http2', isTls: true, descriptors: 1 },
  { label: 'WebSocket over TLS', kind: 'websocket', isTls: true, descriptors: 2 },
];

export const idle: Scenario = {
  name: 'idle',
  title: `resident memory of connections that were used once and are left alone, ${MOST} of them in a fresh gateway`,
  async run(context) {
    const missing = weir.findMissing();
    if (missing !== undefined) return describe([], [`weir: ${missing}`]);
    const rows: ResultRow[] = [];
    for (const one of CASES) rows.push(await measureCase(one, context));
    return describe(rows, []);
  },
};

async function measureCase(one: Case, context: BenchContext): Promise<ResultRow> {
  const folder = `idle-${one.label.replaceAll('/', '-')}`;
  await using backend = await startEchoBackend('websocket', context.makeFolder(`${folder}-backend`), BACKEND_ADDRESSES);
  const isWebSocket = one.kind === 'websocket';
  await using gateway = await launchWeir(context, {
    folder,
    tls: one.isTls ? context.tls : undefined,
    ...(isWebSocket ? { backendPort: backend.port, backendAddresses: BACKEND_ADDRESSES } : {}),
  });
  const room = Math.floor((countDescriptors() - SPARE_DESCRIPTORS) / one.descriptors);
  const most = Math.min(MOST, room);
  context.say(`idle: ${one.label}, ${most} connections`);
  using connections = new IdleConnections({ kind: one.kind, port: gateway.listenPort, isTls: one.isTls });
  const noneBytes = await settleRss(gateway.child.pid);
  await connections.growTo(FIRST);
  const firstBytes = await settleRss(gateway.child.pid);
  await connections.growTo(most);
  const allBytes = await settleRss(gateway.child.pid);
  const kibibytes = (allBytes - noneBytes) / most / KIBIBYTE;
  const oneMore = (allBytes - firstBytes) / (most - FIRST) / KIBIBYTE;
  const totals = [noneBytes, firstBytes, allBytes].map(bytes => (bytes / KIBIBYTE ** 2).toFixed(0));
  const cells = [most.toString(), kibibytes.toFixed(1), oneMore.toFixed(1), ...totals, connections.lostCount.toString()];
  return { label: one.label, cells, numbers: { connections: most, kibibytes, oneMore, noneBytes, firstBytes, allBytes } };
}

function describe(rows: readonly ResultRow[], skipped: readonly string[]): ScenarioResult {
  const targets = CASES.flatMap(({ label, limit }): readonly Target[] => {
    const value = rows.find(row => row.label === label)?.numbers['kibibytes'];
    return limit === undefined ? [] : [{ text: `${label}, KiB`, limit, value: typeof value === 'number' ? value : Number.NaN }];
  });
  const columns = ['spoken', 'connections', 'KiB each', 'one more, KiB', 'RSS MiB of none', `of ${FIRST}`, 'of all', 'lost'];
  return { name: idle.name, title: idle.title, columns, rows, targets, skipped };
}
