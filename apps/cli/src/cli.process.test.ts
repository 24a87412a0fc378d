// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, createTestAuthority } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: shop
spec:
  gatewayClassName: weir
  listeners:
    - name: http
      port: 28080
      protocol: HTTP
`;

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec:
  ports: [{ port: 80 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cart
  namespace: shop
  labels: { kubernetes.io/service-name: cart }
addressType: IPv4
ports: [{ port: 9000 }]
endpoints: [{ addresses: [127.0.0.1] }]
`;

const ROUTE = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules:
    - matches: [{ path: { type: PathPrefix, value: /cart } }]
      backendRefs: [{ name: cart, port: 80 }]
`;

function secret(name: string, stringData: Readonly<Record<string, string>>): unknown {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, type: 'kubernetes.io/tls', stringData };
}

const ADDRESSES = `
apiVersion: weir.dev/v1alpha1
kind: AccessPolicy
metadata: { name: office, namespace: shop }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: edge }]
  addresses: { allow: [192.0.2.0/24] }
`;

const LEDGER = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: streams, namespace: shop }
spec:
  gatewayClassName: weir
  listeners: [{ name: tcp, port: 26379, protocol: TCP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: ledger, namespace: shop }
spec:
  parentRefs: [{ name: streams }]
  rules: [{ backendRefs: [{ name: cart, port: 80 }] }]
`;

let directory: TempDirectory;

beforeEach(async () => {
  directory = await createTempDirectory();
  await directory.write('gateway.yaml', GATEWAY);
  await directory.write('service.yaml', SERVICE);
  await directory.write('routes/cart.yaml', ROUTE);
});

afterEach(() => directory[Symbol.asyncDispose]());

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function weir(...args: readonly string[]): Promise<Result> {
  await using child = new Child([process.execPath, MAIN, ...args], { cwd: directory.path });
  const { code } = await child.exited;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

describe('weir check', () => {
  it('is content with good documents', async () => {
    expect(await weir('check', '.')).toStrictEqual({
      code: 0,
      stdout: '4 objects read, no problems\n',
      stderr: '',
    });
  });

  it('reports all problems of all files at once and ends with 1', async () => {
    await directory.write('routes/cart.yaml', ROUTE.replace('backendRefs', 'backends').replace('parentRefs', 'parentRef'));
    await directory.write('gateway.yaml', GATEWAY.replace('port: 28080', 'port: high'));
    const { code, stdout, stderr } = await weir('check', '.');
    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: '' });
    const places = stdout.split('\n').filter(line => /^\S/.test(line));
    expect(places.map(line => line.split(' ')[0])).toStrictEqual([
      'gateway.yaml:11:7:',
      'routes/cart.yaml:6:3:',
      'routes/cart.yaml:9:7:',
      '2',
    ]);
    expect(stdout).toContain('did you mean `parentRefs`?');
  });

  it('warns of certificates in use that expire soon, which is no error', async () => {
    const { certificatePem, keyPem } = await (await createTestAuthority()).issue('shop.test');
    await directory.write('secret.yaml', JSON.stringify(secret('shop', { 'tls.crt': certificatePem, 'tls.key': keyPem })));
    await directory.write(
      'gateway.yaml',
      GATEWAY.replace('protocol: HTTP', 'protocol: HTTPS\n      tls: { certificateRefs: [{ name: shop }] }'),
    );
    const { code, stdout } = await weir('check', '.');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^secret\.yaml:1:\d+: warning: the certificate expires on \d{4}-\d\d-\d\d$/mv);
    expect(stdout).toContain('write a renewed certificate and its key into the Secret');
    expect(stdout).not.toContain('PRIVATE KEY');
  });

  it('gives the same as JSON', async () => {
    await directory.write('routes/cart.yaml', ROUTE.replace('name: cart, port: 80', 'name: card, port: 80'));
    const { code, stdout } = await weir('check', '.', '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      isValid: false,
      objectCount: 4,
      problems: [{ severity: 'error', file: 'routes/cart.yaml', line: 9, object: 'HTTPRoute shop/cart' }],
    });
  });

  it('counts objects that are none of its business', async () => {
    await directory.write('deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart }\n');
    expect((await weir('check', '.')).stdout).toBe('4 objects read, 1 of other groups ignored, no problems\n');
    const { stdout } = await weir('check', '.', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ objectCount: 4, ignoredCount: 1 });
  });

  it('says so when there is no such directory', async () => {
    const { code, stderr } = await weir('check', 'nowhere');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^weir: .*nowhere.*\n$/);
  });
});

describe('weir routes', () => {
  it('lists what each listener serves', async () => {
    const { code, stdout, stderr } = await weir('routes', '.');
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('/cart');
    expect(stdout).toContain('shop/cart:80');
  });
});

describe('weir explain', () => {
  it('names the rule and the endpoint that a request would meet', async () => {
    const { code, stdout } = await weir('explain', '.', 'GET', 'http://shop.example:28080/cart/1', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rule: { route: 'shop/cart', rule: '0' },
      shares: [{ label: 'shop/cart:80', endpoints: ['127.0.0.1:9000'] }],
      answer: { kind: 'forwarded', path: '/cart/1' },
    });
  });

  it('says in words why nothing has a request', async () => {
    const { code, stdout } = await weir('explain', '.', 'GET', 'http://shop.example:28080/card');
    expect(code).toBe(0);
    expect(stdout).toContain('404');
    expect(stdout).toContain('path prefix /cart does not cover /card');
  });

  it('asks access policies about the client that it is told of', async () => {
    await directory.write('policy.yaml', ADDRESSES);
    const answerTo = async (from: string): Promise<unknown> => {
      const url = 'http://shop.example:28080/cart/1';
      const { stdout } = await weir('explain', '.', 'GET', url, '--from', from, '-o', 'json');
      return (JSON.parse(stdout) as { answer: unknown }).answer;
    };
    expect(await answerTo('192.0.2.7')).toMatchObject({ kind: 'forwarded' });
    expect(await answerTo('198.51.100.7')).toMatchObject({ kind: 'refused', status: 403 });
  });

  it('wants an address or a workload as the caller, not a bare name', async () => {
    const { code, stderr } = await weir('explain', '.', 'GET', 'http://shop.example:28080/', '--from', 'laptop');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'Write the IP address of a client, such as 192.0.2.7 or 2001:db8::1, or a workload of the mesh, such as shop/cart.',
    );
  });

  it('names the route and the endpoint that a connection would meet', async () => {
    await directory.write('ledger.yaml', LEDGER);
    const { code, stdout } = await weir('explain', '.', 'tcp://127.0.0.1:26379');
    expect(code).toBe(0);
    expect(stdout).toBe(`tcp://127.0.0.1:26379
  → the connection is carried whole

  Port        127.0.0.1 port 26379, TCP
  Listener    shop/streams/tcp, hostname *
  Rule        TCPRoute shop/ledger rule 0, hostname *

  Backends    100 % shop/cart:80
                    127.0.0.1:9000
`);
  });

  it('wants no headers of a connection', async () => {
    const { code, stderr } = await weir('explain', '.', 'tcp://127.0.0.1:26379', '-H', 'a: b');
    expect(code).toBe(2);
    expect(stderr).toContain('a connection has no headers: leave out -H');
  });

  it('wants an absolute URL', async () => {
    const { code, stderr } = await weir('explain', '.', 'GET', '/cart');
    expect(code).toBe(2);
    expect(stderr).toContain('write an absolute URL, such as http://shop.example:8080/cart');
  });
});

describe('weir diff', () => {
  const copyOf = async (files: Readonly<Record<string, string>>): Promise<TempDirectory> => {
    const copy = await createTempDirectory();
    for (const [name, text] of Object.entries(files)) await copy.write(name, text);
    return copy;
  };
  const SHOP = { 'gateway.yaml': GATEWAY, 'service.yaml': SERVICE, 'route.yaml': ROUTE };

  it('says nothing of the same documents in other files', async () => {
    await using other = await copyOf(SHOP);
    expect(await weir('diff', '.', other.path)).toStrictEqual({ code: 0, stdout: 'no policy differs\n', stderr: '' });
  });

  it('ends with 1 where policies only ask more', async () => {
    await using other = await copyOf({ ...SHOP, 'policy.yaml': ADDRESSES });
    const { code, stdout } = await weir('diff', '.', other.path);
    expect(code).toBe(1);
    expect(stdout).toContain('  on shop/edge/http\n  + strengthens  AccessPolicy shop/office (Gateway) holds\n');
  });

  it('ends with 3 where something is weaker, also for programs', async () => {
    await using other = await copyOf({ ...SHOP, 'policy.yaml': ADDRESSES });
    const { code, stdout } = await weir('diff', other.path, '.', '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      isWeakening: true,
      objects: [{ kind: 'AccessPolicy', name: 'shop/office', state: 'removed' }],
      rules: [{ route: 'shop/cart', places: [{ place: 'on shop/edge/http', changes: [{ effect: 'weakens' }] }] }],
    });
  });

  it('ends with 4 where nothing is weaker, and a document cannot be read', async () => {
    await using other = await copyOf({ ...SHOP, 'broken.yaml': 'kind: [' });
    const { code, stderr } = await weir('diff', '.', other.path);
    expect(code).toBe(4);
    expect(stderr).toContain('the documents have 1 error');
  });

  it('ends with 2 where a directory is missing', async () => {
    const { code, stdout } = await weir('diff', '.', './nowhere');
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
  });
});

describe('the command line', () => {
  it('suggests the command that was meant and ends with 2', async () => {
    const { code, stdout, stderr } = await weir('chekc', '.');
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("error: unknown command 'chekc'\n(Did you mean check?)");
  });

  it('suggests the option that was meant', async () => {
    const { code, stderr } = await weir('up', '.', '--worker', '2');
    expect(code).toBe(2);
    expect(stderr).toContain("error: unknown option '--worker'\n(Did you mean --workers?)");
  });

  it.each(['up', 'check', 'diff', 'explain', 'routes', 'version'])(
    'has help for %s with an example and exit codes',
    async command => {
      const { code, stdout } = await weir(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain('Exit codes: 0 ');
      expect(stdout).toMatch(new RegExp(`Example:\\n  weir ${command}\\b`));
    },
  );

  it('lists the features of the Gateway API by name, in the order of the alphabet', async () => {
    const { stdout } = await weir('version', '--features');
    const features = stdout.trimEnd().split('\n');
    expect(features).toContain('HTTPRoute');
    expect(features).toContain('MeshConsumerRoute');
    expect(features).toEqual(features.toSorted());
  });

  it('tells its version', async () => {
    const { code, stdout } = await weir('version');
    expect(stdout).toMatch(/^weir \d+\.\d+\.\d+ \(node 26\./);
    expect(await weir('--version')).toStrictEqual({ code, stdout, stderr: '' });
  });

  it('is quiet when its reader goes away', async () => {
    await using child = new Child(['sh', '-c', '"$0" "$1" routes "$2" -o json | true', process.execPath, MAIN, directory.path]);
    expect(await child.exited).toStrictEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });

  it('has no colour where it does not print to a terminal', async () => {
    const { stdout } = await weir('routes', '.');
    expect(stdout).not.toContain('\u001B');
  });
});
