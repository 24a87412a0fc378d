// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTempDirectory } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { openSecretDirectory } from './secret-directory.ts';

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('a directory of secrets', () => {
  it('is made for its owner alone, and so are its files', async () => {
    await using parent = await createTempDirectory();
    const path = join(parent.path, 'a/identity');
    const secrets = await openSecretDirectory(path);
    await secrets.write('key.pem', 'one');
    expect([await modeOf(path), await modeOf(join(path, 'key.pem'))]).toEqual(['700', '600']);
  });

  it('gives back what was written last, also after it was opened again', async () => {
    await using parent = await createTempDirectory();
    const path = join(parent.path, 'identity');
    const secrets = await openSecretDirectory(path);
    await secrets.write('key.pem', 'one');
    await secrets.write('key.pem', 'two');
    await secrets.write('other.pem', 'three');
    await secrets.remove('other.pem');
    await secrets.remove('other.pem');
    const again = await openSecretDirectory(path);
    expect(await again.read('key.pem')).toBe('two');
    expect(await again.read('other.pem')).toBeUndefined();
    expect(await again.names()).toEqual(['key.pem']);
  });

  it('clears away what a crash left half-written, and never reads it', async () => {
    await using parent = await createTempDirectory();
    const path = join(parent.path, 'identity');
    await openSecretDirectory(path);
    await writeFile(join(path, 'key.pem.draft'), 'half', { mode: 0o600 });
    const secrets = await openSecretDirectory(path);
    expect(await secrets.names()).toEqual([]);
    expect(await readdir(path)).toEqual([]);
  });

  it('leaves nothing behind where a text cannot be written', async () => {
    await using parent = await createTempDirectory();
    const path = join(parent.path, 'identity');
    const secrets = await openSecretDirectory(path);
    await secrets.write('key.pem', 'one');
    // Nothing can be put in the place of a directory that has something in it.
    await mkdir(join(path, 'full.pem/within'), { recursive: true });
    await expect(secrets.write('full.pem', 'two')).rejects.toThrow();
    expect(await secrets.read('key.pem')).toBe('one');
    expect(await readdir(path)).toEqual(['full.pem', 'key.pem']);
  });

  it.each([0o755, 0o710, 0o707])('is refused when it is open to others: %o', async mode => {
    await using parent = await createTempDirectory();
    await chmod(parent.path, mode);
    const found = openSecretDirectory(parent.path);
    await expect(found).rejects.toMatchObject({
      code: 'unsafe-storage',
      message: `${parent.path} holds private keys and is open to group or others (mode 0${mode.toString(8)})`,
      hint: `chmod 700 ${parent.path}; if others may have read a key, rotate as well`,
    });
  });

  it.each([0o640, 0o604, 0o660])('does not read a file that is open to others: %o', async mode => {
    await using parent = await createTempDirectory();
    const secrets = await openSecretDirectory(parent.path);
    await secrets.write('key.pem', 'one');
    const file = join(parent.path, 'key.pem');
    await chmod(file, mode);
    await expect(secrets.read('key.pem')).rejects.toMatchObject({
      code: 'unsafe-storage',
      message: `${file} holds private keys and is open to group or others (mode 0${mode.toString(8)})`,
      hint: `chmod 600 ${file}; if others may have read a key, rotate as well`,
    });
  });

  it('follows no link', async () => {
    await using parent = await createTempDirectory();
    const secrets = await openSecretDirectory(parent.path);
    await secrets.write('key.pem', 'one');
    await symlink('key.pem', join(parent.path, 'link.pem'));
    await expect(secrets.read('link.pem')).rejects.toThrow('link.pem is a link');
  });

  it.each(['../key.pem', '.key', 'a/b', '', 'Key'])('has no secret %j', async name => {
    await using parent = await createTempDirectory();
    const secrets = await openSecretDirectory(parent.path);
    await expect(async () => secrets.read(name)).rejects.toThrow('is no name of a secret');
  });
});
