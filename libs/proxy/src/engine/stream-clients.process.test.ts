// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Child, createTempDirectory, createTestAuthority, findFreePorts, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamBench } from './stream-bench.ts';

/** Skipped tests say why in their names. */
const isMissing = (command: string, flag: string): boolean => spawnSync(command, [flag]).error !== undefined;

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function start(): StreamBench {
  const bench = new StreamBench();
  closing.push(() => bench.close());
  return bench;
}

async function run(...command: readonly [string, ...string[]]): Promise<string> {
  await using child = new Child(command);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}\n${child.output}`);
  return child.stdout;
}

/** An nginx that requires a PROXY header and answers with whom it names. */
async function nginxBehindUs(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  const folder = await createTempDirectory();
  closing.push(() => folder[Symbol.asyncDispose]());
  const { path } = folder;
  chmodSync(path, 0o755);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${path}/${name};`);
  writeFileSync(
    join(path, 'nginx.conf'),
    `daemon off; master_process off; pid ${path}/pid; error_log stderr crit; events {} http { access_log off; ${temporary.join(' ')}
     server { listen 127.0.0.1:${port} proxy_protocol; return 200 "$proxy_protocol_addr $proxy_protocol_port"; } }`,
  );
  const child = new Child(['nginx', '-p', path, '-c', join(path, 'nginx.conf'), '-e', 'stderr']);
  closing.push(() => child[Symbol.asyncDispose]());
  await waitFor(() => once(connect({ port, host: '127.0.0.1' }), 'connect'), { what: 'nginx to listen' });
  return port;
}

describe.skipIf(isMissing('nginx', '-v') || isMissing('curl', '--version'))(
  'nginx (skipped where it or curl is not installed)',
  () => {
    it.each(['v1', 'v2'] as const)('takes the client from our PROXY header in %s, as curl gave it to us', async proxyProtocol => {
      const bench = start();
      const parts = { proxyProtocol, proxyProtocolFrom: ['127.0.0.1/32'] };
      const port = await bench.serveTcp([await nginxBehindUs()], parts);
      const answer = await run(
        'curl',
        '--silent',
        '--show-error',
        '--max-time',
        '10',
        '--haproxy-protocol',
        `http://127.0.0.1:${port}/`,
      );
      await waitFor(() => bench.records.length === 1, { what: 'the record' });
      const [record] = bench.records;
      expect(answer).toBe(`127.0.0.1 ${record?.clientPort}`);
    });
  },
);

describe.skipIf(isMissing('openssl', 'version'))('openssl s_client (skipped where it is not installed)', () => {
  it('talks through TLS that is terminated here, with the cipher that the listener asks for', async () => {
    const bench = start();
    const authority = await createTestAuthority();
    const pair = await authority.issue('db.example');
    const backend = createServer(peer => peer.end('through')).listen(0, '127.0.0.1');
    closing.push(() => backend.close());
    await once(backend, 'listening');
    const { port: endpoint } = backend.address() as AddressInfo;
    const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    const port = await bench.serveTls([endpoint], { mode: 'terminate', hostname: 'db.example', pair, ciphers });
    const client = `openssl s_client -connect 127.0.0.1:${port} -servername db.example -tls1_2 -ign_eof 2>&1`;
    const text = await run('sh', '-c', client);
    expect(text).toContain(`Cipher is ${ciphers}`);
    expect(text).toContain('through');
    expect(bench.refusals).toEqual([]);
    const other = await run('sh', '-c', `${client} -cipher ECDHE-ECDSA-AES128-GCM-SHA256 || true`);
    expect(other).toContain('handshake failure');
  });
});
