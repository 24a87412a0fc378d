// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

const LISTING = `
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
  await import(process.argv[1]);
  process.stdout.write(JSON.stringify(urls));
`;

async function modulesOf(name: string): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', LISTING, name], { cwd: import.meta.dirname });
  const urls: readonly string[] = JSON.parse(stdout);
  return urls.map(url => url.replace(/^.*\/node_modules\//v, ''));
}

it('what a proxy loads of identities has no library in it, as the one for certificates takes 24 MB', async () => {
  const modules = await modulesOf('@weir/identity');
  expect(modules.some(url => url.endsWith('/leaf-keeper.ts'))).toBe(true);
  expect(modules.filter(url => !url.startsWith('node:') && !url.endsWith('.ts'))).toEqual([]);
  expect((await modulesOf('@weir/identity/authority')).some(url => url.includes('@peculiar/x509'))).toBe(true);
});
