// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import {
  answering,
  connectRaw,
  createTempDirectory,
  createTestAuthority,
  echo,
  findFreePorts,
  request,
  startUpstream,
  startWeir,
  waitFor,
} from '@weir/testing';
import type { ClientOptions, TempDirectory, TestAuthority, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing, shell } from './stage/commands.ts';
import { backend, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse, repeating, startTlsRepeating } from './stage/stream-servers.ts';
import type { TlsUpstream } from './stage/stream-servers.ts';

// One port with everything that may share it: TLS that is passed through, TLS that ends here, and HTTPS.

let edge: TestAuthority;
let inner: TestAuthority;
let passed: readonly TlsUpstream[];
let plain: Upstream;
let web: Upstream;
let weir: Weir;
let files: TempDirectory;
let port = 0;

const PASSED = ['wide', 'deep', 'exact'] as const;

function tlsListener(name: string, hostname: string, tls: Fields): Fields {
  return { name, protocol: 'TLS', port, hostname, tls };
}

beforeAll(async () => {
  [edge, inner] = await Promise.all([createTestAuthority('edge'), createTestAuthority('inner')]);
  passed = await Promise.all(PASSED.map(async name => startTlsRepeating(name, await inner.issue('*.pass.test'))));
  plain = await startUpstream(repeating('plain'));
  web = await startUpstream(answering(echo('web')));
  [port = 0] = await findFreePorts(1);
  const mode = { mode: 'Terminate', certificateRefs: [{ name: 'edge' }] };
  weir = await startWeir([
    tlsSecret('edge', await edge.issue('term.test', 'web.test', 'strict.test')),
    gateway('edge', [
      tlsListener('pass', '*.pass.test', { mode: 'Passthrough' }),
      tlsListener('exact', 'exact.pass.test', { mode: 'Passthrough' }),
      tlsListener('term', 'term.test', mode),
      tlsListener('strict', 'strict.test', { ...mode, options: { 'weir.dev/min-tls-version': '1.3' } }),
      { name: 'web', protocol: 'HTTPS', port, hostname: 'web.test', tls: mode },
    ]),
    ...PASSED.flatMap((name, index) => portService(name, [{ port: passed[index]?.port ?? 0 }])),
    ...portService('plain', [{ port: plain.port }]),
    ...service('web', [web.port]),
    // The one with the wildcard comes first: what is closer wins all the same.
    streamRoute('TLSRoute', 'a-wide', { listener: 'pass', hostnames: ['*.pass.test'], backends: [backend('wide')] }),
    streamRoute('TLSRoute', 'deep', { listener: 'pass', hostnames: ['*.deep.pass.test'], backends: [backend('deep')] }),
    streamRoute('TLSRoute', 'exact', { listener: 'exact', hostnames: ['exact.pass.test'], backends: [backend('exact')] }),
    streamRoute('TLSRoute', 'term', { hostnames: ['term.test', 'strict.test'], backends: [backend('plain')] }),
    route('web', [forward('/', 'web')]),
  ]);
  files = await createTempDirectory();
  await files.write('edge.pem', edge.certificatePem);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([...passed, plain, web, files].map(each => each[Symbol.asyncDispose]()));
});

/** A client that trusts one authority for whatever name it asks for. */
function at(servername: string, { certificatePem }: TestAuthority, more: ClientOptions['tls'] = {}): ClientOptions {
  const checks = { ca: certificatePem, checkServerIdentity: () => undefined };
  return { port, tls: { servername, ...checks, ...more } };
}

describe('a TLSRoute that passes TLS through', () => {
  it.each([
    ['x.pass.test', 'wide'],
    ['X.Pass.Test', 'wide'],
    ['a.b.pass.test', 'wide'],
    ['x.deep.pass.test', 'deep'],
    ['deep.pass.test', 'wide'],
    ['exact.pass.test', 'exact'],
  ])('takes %s to %s, whose own certificate the client sees', async (name, expected) => {
    expect(await converse(at(name, inner), 'hello')).toBe(`${expected}:hello`);
  });

  it('leaves a line in the log with the server name', async () => {
    await converse(at('logged.pass.test', inner), 'x');
    const line = await waitFor(() => weir.accessLog.find(({ server_name: name }) => name === 'logged.pass.test'), {
      what: () => `the line\n${weir.child.output}`,
    });
    expect(line).toMatchObject({ protocol: 'TLS', route: 'default/a-wide' });
    expect(line).not.toHaveProperty('fault');
  });
});

describe('a TLSRoute where TLS ends here', () => {
  it('carries what was in it, and the end of each side', async () => {
    expect(await converse(at('term.test', edge), 'hello')).toBe('plain:hello');
    expect(plain.connections.at(-1)?.seen).toBe('hello');
  });

  it('keeps to the least version of its own listener, and of no other one', async () => {
    const old = { maxVersion: 'TLSv1.2' } as const;
    await expect(connectRaw(at('strict.test', edge, old))).rejects.toThrow(/protocol version/iv);
    expect(await converse(at('strict.test', edge), 'x')).toBe('plain:x');
    expect(await converse(at('term.test', edge, old), 'x')).toBe('plain:x');
  });
});

describe('HTTPS on the same port', () => {
  it('is served by name, with HTTP/1.1 and HTTP/2 to choose from', async () => {
    const response = await request(at('web.test', edge), '/', { host: 'web.test' });
    expect(response.json()).toMatchObject({ backend: 'web' });
    await using client = await connectRaw(at('web.test', edge, { ALPNProtocols: ['h2', 'http/1.1'] }));
    expect(client.socket).toMatchObject({ alpnProtocol: 'h2' });
  });

  it('answers 421 to a request for the host of a TLS listener', async () => {
    expect((await request(at('web.test', edge), '/', { host: 'term.test' })).status).toBe(421);
  });
});

describe('a server name that nobody has', () => {
  // A wildcard covers labels in front of its name, and not the name itself.
  it.each(['other.test', 'pass.test', 'sub.term.test'])('is refused by a reset: %s', async name => {
    await expect(connectRaw(at(name, inner))).rejects.toMatchObject({ code: 'ECONNRESET' });
    const detail = `no listener has the server name ${name}`;
    const line = await waitFor(() => weir.accessLog.find(({ fault_detail: said }) => said === detail), { what: 'its line' });
    const at443 = { port: `port/127.0.0.1/${port}`, protocol: 'TLS', client: '127.0.0.1', client_port: expect.any(Number) };
    expect(line).toMatchObject({ ...at443, fault: 'route_not_found' });
  });
});

describe.skipIf(isMissing('openssl', 'version'))('openssl s_client (skipped where it is not installed)', () => {
  function client(flags: string): Promise<string> {
    const trust = `-CAfile ${join(files.path, 'edge.pem')} -verify_return_error`;
    return shell(`echo Q | openssl s_client -connect 127.0.0.1:${port} ${trust} ${flags}`);
  }

  it.each(['-tls1_2', '-tls1_3'])('verifies a listener that ends TLS with %s', async version => {
    expect(await client(`-servername term.test -verify_hostname term.test ${version}`)).toContain('Verify return code: 0 (ok)');
  });

  it.each(['-servername other.test', '-noservername'])('is reset with %s', async flags => {
    expect(await client(flags)).toMatch(/errno=104|reset by peer|unexpected eof/iv);
  });
});
