// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, findFreePorts } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const IS_MISSING = spawnSync('openssl', ['version']).status !== 0;
const note = IS_MISSING ? ' (skipped: openssl is not installed)' : '';

vi.setConfig({ testTimeout: 60_000 });

let directory: TempDirectory;
let running: AsyncDisposableStack;

beforeEach(async () => {
  running = new AsyncDisposableStack();
  directory = running.use(await createTempDirectory());
  await directory.write('config/namespace.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
});
afterEach(() => running.disposeAsync());

const path = (name: string): string => join(directory.path, name);

/** A root as an organisation makes one with its own tools. */
function makeRoot(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path(`${name}.key`)];
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const more = extensions.flatMap(extension => ['-addext', extension]);
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', ...key, '-out', path(`${name}.pem`), '-days', '30', '-subj', `/CN=${name}`, ...more],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}

function weir(...args: readonly string[]): Child {
  const env = { WEIR_STATE: path('state'), XDG_RUNTIME_DIR: directory.path };
  return running.use(new Child([process.execPath, MAIN, ...args], { env }));
}

async function startControlPlane(...flags: readonly string[]): Promise<Child> {
  const [stream = 0, api = 0] = await findFreePorts(2);
  const at = ['--listen', `127.0.0.1:${stream}`, '--api', `127.0.0.1:${api}`];
  return weir('control-plane', '--config', path('config'), ...at, ...flags);
}

async function roots(): Promise<unknown> {
  const asked = weir('identity', 'status', '-o', 'json');
  await asked.exited;
  return (JSON.parse(asked.stdout) as { readonly roots: unknown }).roots;
}

describe.skipIf(IS_MISSING)(`an authority that is given to a control plane${note}`, () => {
  it('is the one of the mesh, and stays it when it is not given again', async () => {
    makeRoot('own');
    const { fingerprint256: fingerprint } = new X509Certificate(await readFile(path('own.pem')));
    const flags = ['--authority-cert', path('own.pem'), '--authority-key', path('own.key')];
    const first = await startControlPlane(...flags);
    await first.sees(/proxies connect here/v, 20_000);
    expect(await roots()).toMatchObject([{ fingerprint, isIssuing: true }]);
    await first.stop();
    const second = await startControlPlane();
    await second.sees(/proxies connect here/v, 20_000);
    expect(await roots()).toMatchObject([{ fingerprint, isIssuing: true }]);
  });

  it('is not taken in place of the one that there is', async () => {
    makeRoot('own');
    const first = await startControlPlane();
    await first.sees(/proxies connect here/v, 20_000);
    await first.stop();
    const second = await startControlPlane('--authority-cert', path('own.pem'), '--authority-key', path('own.key'));
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.stderr).toContain('the given root is');
  });

  it('has to be whole', async () => {
    makeRoot('own');
    makeRoot('other');
    const mixed = await startControlPlane('--authority-cert', path('own.pem'), '--authority-key', path('other.key'));
    expect(await mixed.exited).toMatchObject({ code: 1 });
    expect(mixed.stderr).toContain('its key does not belong to the first certificate of its chain');
    const half = await startControlPlane('--authority-cert', path('own.pem'));
    expect(await half.exited).toMatchObject({ code: 2 });
    expect(half.stderr).toContain('--authority-cert and --authority-key belong together');
  });
});
