// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseAppProbes } from './parse-app-probes.ts';

/** A readinessProbe of the container `app`. */
function readyz(probe: unknown): unknown {
  return parseAppProbes(JSON.stringify({ app: { readyz: probe } })).get('/app-health/app/readyz');
}

function problemsOf(probes: unknown): readonly string[] {
  try {
    parseAppProbes(typeof probes === 'string' ? probes : JSON.stringify(probes));
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
  return [];
}

const DEFAULTS = [
  ['User-Agent', 'kube-probe/weir'],
  ['Accept', '*/*'],
];

describe('the probes of an application', () => {
  it('are found at a path for each container and kind', () => {
    const probe = { tcpSocket: { port: 5432 } };
    const probes = parseAppProbes(JSON.stringify({ app: { livez: probe, startupz: probe }, db: { readyz: probe } }));
    expect([...probes.keys()]).toEqual(['/app-health/app/livez', '/app-health/app/startupz', '/app-health/db/readyz']);
  });

  it('are GETs with the defaults of Kubernetes', () => {
    expect(readyz({ httpGet: { port: 8080 } })).toEqual({
      ...{ kind: 'http', isTls: false, port: 8080, timeoutMs: 1000, path: '/', host: 'localhost:8080' },
      headers: DEFAULTS,
    });
  });

  it('are GETs with all that Kubernetes lets one say; when to ask stays its own', () => {
    const httpHeaders = [
      { name: 'Host', value: 'shop.example' },
      { name: 'accept', value: '' },
      { name: 'User-Agent', value: 'me' },
      { name: 'X-A', value: '1' },
      { name: 'X-A', value: '2' },
      { name: 'Transfer-Encoding', value: 'chunked' },
    ];
    const schedule = { periodSeconds: 10, failureThreshold: 3, successThreshold: 1, initialDelaySeconds: 0 };
    expect(
      readyz({ httpGet: { port: 8443, path: 'a b?c=ü#d', scheme: 'HTTPS', httpHeaders }, timeoutSeconds: 5, ...schedule }),
    ).toEqual({
      ...{ kind: 'http', isTls: true, port: 8443, timeoutMs: 5000, path: '/a%20b?c=%C3%BC', host: 'shop.example' },
      headers: [
        ['User-Agent', 'me'],
        ['X-A', '1'],
        ['X-A', '2'],
      ],
    });
  });

  it('name a host for the field Host alone', () => {
    expect(readyz({ httpGet: { port: 80, host: 'metadata.internal' } })).toMatchObject({ host: 'metadata.internal:80' });
  });

  it('are connections, or questions of gRPC', () => {
    expect(readyz({ tcpSocket: { port: 5432 } })).toEqual({ kind: 'tcp', port: 5432, timeoutMs: 1000 });
    expect(readyz({ grpc: { port: 9000, service: null } })).toEqual({ kind: 'grpc', port: 9000, service: '', timeoutMs: 1000 });
    expect(readyz({ grpc: { port: 9000, service: 'shop.Stock' } })).toMatchObject({ service: 'shop.Stock' });
  });

  it('are refused with all that is wrong in them', () => {
    expect(
      problemsOf({
        Bad_name: {},
        app: {
          livez: { httpGet: { port: 'http' } },
          readyz: { exec: { command: ['true'] } },
          startupz: { tcpSocket: { port: 0 }, timeoutSeconds: 0.5 },
          healthz: { tcpSocket: { port: 1 } },
        },
        other: { livez: { httpGet: { port: 1, scheme: 'FTP', httpHeaders: [{ name: 'a b' }] }, grpc: { port: 2 } } },
      }),
    ).toEqual([
      'Bad_name: is no name of a container',
      'app.livez.httpGet.port: is the name "http"; write its number',
      'app.readyz.exec: is no field of a probe',
      'app.readyz: write one of httpGet, tcpSocket and grpc; leave an exec probe as it is',
      'app.startupz.timeoutSeconds: write a whole number from 1 to 600',
      'app.startupz.tcpSocket.port: write a whole number from 1 to 65535',
      'app.healthz: write livez, readyz or startupz',
      'other.livez.httpGet.scheme: write HTTP or HTTPS',
      'other.livez.httpGet.httpHeaders[0]: is no field of HTTP',
      'other.livez: write one of httpGet, tcpSocket and grpc; leave an exec probe as it is',
    ]);
  });

  it.each([
    ['{', 'they are no JSON'],
    ['[]', 'the whole: is no object'],
    ['{"app":1}', 'app: is no object'],
    [`"${'x'.repeat(70_000)}"`, 'they have 70002 characters, at most 65536'],
  ])('are refused as a whole: %.20s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });
});
