// SPDX-License-Identifier: Apache-2.0
import { HeaderList, systemClock } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { readDirectory } from '@weir/policy/documents';
import { connectRaw, findFreePorts, startUpstream, startWeir, waitFor } from '@weir/testing';
import type { TestDocument, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import { serviceDocuments } from './sample/generated-gateway.ts';

/** A listener of this name for each route, and one without. */
const ROUTES = {
  one: ['one'],
  shared: ['one', 'two'],
  empty: ['empty'],
  missing: ['missing'],
} as const;
const LISTENERS = [...Object.keys(ROUTES), 'unrouted'];

let upstreams: readonly Upstream[];
let ports: readonly number[];
let weir: Weir;

function object(kind: string, name: string, spec: TestDocument['spec']): TestDocument {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name, namespace: 'default' }, spec };
}

beforeAll(async () => {
  const greeting = async (connection: { send(text: string): Promise<void> }): Promise<void> => connection.send('hello');
  upstreams = [await startUpstream(greeting), await startUpstream(greeting)];
  ports = await findFreePorts(LISTENERS.length);
  const routes = Object.entries(ROUTES).map(([name, services]) => {
    const backendRefs = services.map(service => ({ name: service, port: 80 }));
    return object('TCPRoute', name, { parentRefs: [{ name: 'edge', sectionName: name }], rules: [{ backendRefs }] });
  });
  const listeners = LISTENERS.map((name, index) => ({ name, protocol: 'TCP', port: ports[index] }));
  weir = await startWeir(
    [
      object('Gateway', 'edge', { gatewayClassName: 'weir', listeners }),
      ...serviceDocuments('one', upstreams[0]?.port),
      ...serviceDocuments('two', upstreams[1]?.port),
      ...serviceDocuments('empty', undefined),
      ...routes,
    ],
    { flags: ['--allow-partial', '--workers', '1'] },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all(upstreams.map(upstream => upstream[Symbol.asyncDispose]()));
});

/** What is said to a client; nothing where its connection is reset, which may be before it knows that it has one. */
async function listen(port: number): Promise<string> {
  try {
    await using client = await connectRaw({ port });
    client.endWriting();
    return (await client.readUntilClose()).bytes.toString();
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ECONNRESET') return '';
    throw reason;
  }
}

describe('explain and the gateway', () => {
  it.each(LISTENERS)('say the same of a connection: %s', async name => {
    const port = ports[LISTENERS.indexOf(name)] ?? 0;
    const { documents } = await readDirectory(weir.directory.path);
    const { snapshot } = createCompiler({ clock: systemClock, defaultAddresses: ['127.0.0.1'] }).update(documents);
    const { listener, rule, shares, answer } = explain(snapshot, {
      method: '',
      url: `tcp://127.0.0.1:${port}`,
      headers: new HeaderList(),
    });
    const said = await listen(port);

    const record = await waitFor(() => weir.accessLog.find(({ listener: at }) => at === `default/edge/${name}`), {
      what: 'the line of the connection',
    });
    expect({ listener: record['listener'], route: record['route'], rule: record['rule'] }).toEqual({
      listener: listener?.name,
      route: rule?.route,
      rule: rule?.rule,
    });
    expect(said).toBe(answer.kind === 'carried' ? 'hello' : '');
    const chosen = shares.find(({ label }) => label === record['backend']);
    expect(chosen?.endpoints[0]).toBe(record['endpoint']);
    expect(shares.map(({ label }) => label)).toEqual(name in ROUTES ? expect.arrayContaining([record['backend']]) : []);
  });
});
