// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  createTempDirectory,
  echo,
  findFreePorts,
  reply,
  request,
  runWeir,
  spawnWeir,
  startUpstream,
  startWeir,
  waitFor,
} from '@weir/testing';
import type { TestDocument } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { forward, gateway, route, service } from './stage/documents.ts';

/** A Gateway with one HTTP listener, a Service and a route to it. */
function smallSetup(port: number, backendPort: number): readonly TestDocument[] {
  return [
    gateway('edge', [{ name: 'http', protocol: 'HTTP', port }]),
    ...service('main', [backendPort]),
    route('all', [forward('/', 'main')]),
  ];
}

const withTypo = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: all
  namespace: default
spec:
  parentRefs:
    - name: edge
  hostname:
    - shop.test
  rules:
    - backendRefs:
        - name: main
          port: 80
`;
const mended = withTypo.replace('hostname:', 'hostnames:');

describe('a typo in a field', () => {
  it('is found by the check, with its place and what to write', async () => {
    await using directory = await createTempDirectory();
    await directory.write('route.yaml', withTypo);

    await using checked = await runWeir(['check', directory.path]);

    expect((await checked.exited).code).toBe(1);
    expect(`${checked.stdout}${checked.stderr}`).toMatch(/route\.yaml:9:3\b[\s\S]*hostnames/v);
  });

  it('in a running gateway changes nothing, is said once, and so is its end', async () => {
    const [port = 0] = await findFreePorts(1);
    await using upstream = await startUpstream(answering(echo('main')));
    await using weir = await startWeir(smallSetup(port, upstream.port));
    await weir.directory.remove('httproute-default-all.json');
    await weir.directory.write('route.yaml', mended);
    const ask = async (): Promise<number> => (await request({ port }, '/', { host: 'shop.test' })).status;
    await waitFor(async () => (await request({ port }, '/', { host: 'other.test' })).status === 404, { what: 'the edit' });

    await weir.directory.write('route.yaml', withTypo);
    await weir.child.sees(/route\.yaml:9:3\b/v);
    expect(await ask()).toBe(200);
    await weir.directory.write('route.yaml', mended.replace('shop.test', 'new.test'));
    await waitFor(async () => (await request({ port }, '/', { host: 'new.test' })).status === 200, { what: 'the mended file' });

    expect(weir.child.stderr.match(/route\.yaml:9:3/gv)).toHaveLength(1);
  });
});

describe('a start that cannot be', () => {
  it('with a document that its schema refuses ends with code 1', async () => {
    const [port = 0] = await findFreePorts(1);
    const bad = { ...route('all', [forward('/', 'main')]), spec: { rule: [] } };
    await using weir = await spawnWeir([gateway('edge', [{ name: 'http', protocol: 'HTTP', port }]), bad]);

    expect((await weir.child.exited).code).toBe(1);
    expect(weir.child.stderr).toMatch(/httproute-default-all\.json:\d+:\d+/v);
    expect(weir.child.stderr).toContain('rules');
  });

  it('without a directory ends with words', async () => {
    await using child = await runWeir(['up', '/no/such/directory']);

    expect((await child.exited).code).not.toBe(0);
    expect(child.stderr).toContain('/no/such/directory');
    expect(child.stderr).not.toMatch(/^\s+at /mv);
  });

  it('on a port of another program names the port and the program', async () => {
    await using stranger = await startUpstream(answering(() => reply()));
    await using weir = await spawnWeir(smallSetup(stranger.port, 1));

    expect((await weir.child.exited).code).toBe(3);
    expect(weir.child.stderr).toContain(String(stranger.port));
    expect(weir.child.stderr).toContain(String(process.pid));
  });

  it('on the ports of another weir names that one', async () => {
    const [port = 0] = await findFreePorts(1);
    await using first = await startWeir(smallSetup(port, 1));
    await using second = await spawnWeir(smallSetup(port, 1));

    expect((await second.child.exited).code).toBe(3);
    expect(second.child.stderr).toContain(String(port));
    expect(second.child.stderr).toContain(String(first.pid));
    expect((await request({ port }, '/')).status).toBe(503);
  });
});

describe('a configuration with a gap', () => {
  it('serves what it can when a Secret is missing, and names it', async () => {
    const [port = 0, tlsPort = 0] = await findFreePorts(2);
    await using upstream = await startUpstream(answering(echo('main')));
    const [, ...rest] = smallSetup(port, upstream.port);
    const tls = { certificateRefs: [{ name: 'not-there' }] };
    await using weir = await startWeir([
      gateway('edge', [
        { name: 'http', protocol: 'HTTP', port },
        { name: 'https', protocol: 'HTTPS', port: tlsPort, tls },
      ]),
      ...rest,
    ]);

    expect((await request({ port }, '/')).status).toBe(200);
    await expect(request({ port: tlsPort, tls: { rejectUnauthorized: false } }, '/')).rejects.toThrow();
    await weir.child.sees(/not-there/v);
  });

  it('says which of two Gateways got the port that both want', async () => {
    const [port = 0] = await findFreePorts(1);
    await using upstream = await startUpstream(answering(echo('main')));
    await using weir = await startWeir([
      ...smallSetup(port, upstream.port),
      gateway('latecomer', [{ name: 'http', protocol: 'HTTP', port }]),
    ]);

    expect((await request({ port }, '/')).status).toBe(200);
    await weir.child.sees(/latecomer[\s\S]*edge|edge[\s\S]*latecomer/v);
  });

  it('answers 503 while a backend is down, and 200 when it is up', async () => {
    const [port = 0, backendPort = 0] = await findFreePorts(2);
    await using weir = await startWeir(smallSetup(port, backendPort));
    expect((await request({ port }, '/')).status).toBe(503);

    await using upstream = await startUpstream(answering(echo('late')), { port: backendPort });

    expect((await request({ port }, '/')).json()).toMatchObject({ backend: 'late' });
    expect(upstream.requests).toHaveLength(1);
    expect(weir.child.isRunning).toBe(true);
  });
});
