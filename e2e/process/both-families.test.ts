// SPDX-License-Identifier: Apache-2.0
import { hasIpv6 } from '@weir/base';
import { answering, echo, findFreePorts, request, startUpstream, startWeir, waitFor } from '@weir/testing';
import type { Echo, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, gateway, route } from './stage/documents.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { openUdpPeer, startUdpServer } from './stage/udp-peers.ts';

const LOOPBACKS = ['127.0.0.1', '::1'] as const;

describe.skipIf(!hasIpv6())('a Gateway on every address, of both families (skipped where there is no IPv6)', () => {
  const closing = new AsyncDisposableStack();
  let http: Upstream;
  let weir: Weir;
  let ports: readonly number[];

  beforeAll(async () => {
    http = closing.use(await startUpstream(answering(echo('http'))));
    const udp = closing.use(await startUdpServer(datagram => `udp:${datagram.toString('latin1')}`));
    ports = await findFreePorts(2);
    const [port, udpPort] = ports;
    const listeners = [
      { name: 'http', protocol: 'HTTP', port },
      { name: 'udp', protocol: 'UDP', port: udpPort },
    ];
    const documents = [
      gateway('edge', listeners, { addresses: [{ type: 'IPAddress', value: '::' }] }),
      ...portService('http', [{ port: http.port }]),
      ...portService('udp', [{ port: udp.port }], { protocol: 'UDP' }),
      route('all', [forward('/', 'http')]),
      streamRoute('UDPRoute', 'udp', { listener: 'udp', backends: [backend('udp')] }),
    ];
    weir = closing.use(await startWeir(documents, { flags: ['--workers', '2'] }));
  });

  afterAll(() => closing.disposeAsync());

  it.each(LOOPBACKS)('takes requests by %s, and knows whose they are', async host => {
    const answer = await request({ port: ports[0]!, host }, '/');
    expect((answer.json() as Echo).headers['x-forwarded-for']).toBe(host);
    await waitFor(() => weir.accessLog.some(({ client }) => client === host), { what: `the line of ${host}` });
  });

  it.each(LOOPBACKS)('takes datagrams by %s', async host => {
    await using peer = await openUdpPeer(host);
    expect(await peer.ask(ports[1]!, 'hello')).toBe('udp:hello');
  });
});
