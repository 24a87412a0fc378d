// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, findFreePorts, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const ADDRESS = '127.0.0.1';

/** Each starts some processes, of which each takes a second of a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const cleanups = new AsyncDisposableStack();
let stream: number;
let folder: string;

beforeAll(async () => {
  const directory = cleanups.use(await createTempDirectory());
  folder = directory.path;
  const [first, api] = (await findFreePorts(2)) as [number, number];
  stream = first;
  await directory.write(
    'config/mesh.yaml',
    'apiVersion: gateway.networking.x-k8s.io/v1alpha1\nkind: XMesh\nmetadata: { name: weir }\nspec: { controllerName: weir.dev/mesh-controller }\n',
  );
  const places = ['--listen', `${ADDRESS}:${stream}`, '--api', `${ADDRESS}:${api}`];
  const controlPlane = weir(['control-plane', '--config', join(folder, 'config'), ...places]);
  await controlPlane.sees(/proxies connect here/v, 20_000);
});
afterAll(() => cleanups.disposeAsync());

function weir(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const own = { WEIR_STATE: join(folder, 'state'), XDG_RUNTIME_DIR: folder };
  return cleanups.use(new Child([process.execPath, MAIN, ...args], { env: { ...own, ...env } }));
}

/** `weir run` of a command. */
async function run(...command: readonly string[]): Promise<Child> {
  const token = weir(['token', '--identity', 'shop/job', '--address', ADDRESS]);
  await token.exited;
  const flags = ['--service', 'shop/job', '--control-plane', `${ADDRESS}:${stream}`, '--access-log', 'off'];
  const drain = ['--drain-delay', '0s', '--drain-deadline', '1s'];
  return weir(['run', ...flags, ...drain, '--', ...command], { WEIR_JOIN: token.stdout.trim() });
}

const script = (text: string): readonly string[] => [process.execPath, '-e', text];

describe('weir run', () => {
  it('ends with its command, and with its exit code', async () => {
    const child = await run(...script('process.exitCode = process.env.WEIR_JOIN === "" && process.env.HTTP_PROXY ? 7 : 1'));
    expect(await child.exited).toMatchObject({ code: 7 });
  });

  it('ends where the command cannot be started', async () => {
    const child = await run('no-such-command-anywhere');
    expect(await child.exited).toMatchObject({ code: 2 });
    expect(child.stderr).toContain('the command cannot be started');
  });

  it.each([
    ['has it end', 'process.on("SIGTERM", () => process.exit(5)); console.log("up"); setInterval(() => 0, 1e3)', 5],
    ['ends it where it does not', 'process.on("SIGTERM", () => 0); console.log("up"); setInterval(() => 0, 1e3)', 137],
  ])('is asked to end, and %s', async (_what, text, code) => {
    const child = await run(...script(text));
    await waitFor(() => child.stdout.includes('up'), { what: `the command\n${child.output}`, timeoutMs: 20_000 });
    process.kill(child.pid, 'SIGTERM');
    expect(await child.exited).toMatchObject({ code });
  });

  it('leaves nothing behind when it is asked twice', async () => {
    const child = await run(
      ...script('process.on("SIGTERM", () => 0); console.log("up", process.pid); setInterval(() => 0, 1e3)'),
    );
    const [, pid] = await waitFor(() => /up (\d+)/v.exec(child.stdout), { what: 'the command', timeoutMs: 20_000 });
    process.kill(child.pid, 'SIGTERM');
    await child.sees(/stopping/v);
    process.kill(child.pid, 'SIGTERM');
    expect(await child.exited).toMatchObject({ code: 130 });
    await waitFor(() => !isRunning(Number(pid)), { what: 'the end of the command' });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
