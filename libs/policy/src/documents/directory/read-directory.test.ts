// SPDX-License-Identifier: Apache-2.0
import { createTempDirectory } from '@weir/testing';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDirectorySource, readDirectory } from '../index.ts';
import { systemClock } from '@weir/base';

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n';

describe('reading a directory', () => {
  it('takes what is right in a file beside what is wrong, and tells every problem by file and line', async () => {
    await using folder = await createTempDirectory();
    await folder.write('b.yaml', `${NAMESPACE}---\nkind: Service\n---\napiVersion: apps/v1\nkind: Deployment\n`);
    await folder.write('a.yaml', '\tx: 1\n');
    const { documents, problems, ignoredCount } = await readDirectory(folder.path);
    expect([...documents.keys()]).toEqual(['Namespace//a']);
    expect(problems.map(({ file, line, code }) => [file, line, code])).toEqual([
      [join(folder.path, 'a.yaml'), 1, 'yaml-syntax'],
      [join(folder.path, 'b.yaml'), 5, 'missing-field'],
    ]);
    expect(ignoredCount).toBe(1);
  });

  it('tells of an object that one file writes twice', async () => {
    await using folder = await createTempDirectory();
    await folder.write('a.yaml', `${NAMESPACE}---\n${NAMESPACE}`);
    const { documents, problems } = await readDirectory(folder.path);
    expect(documents.size).toBe(1);
    expect(problems).toMatchObject([
      {
        code: 'duplicate-object',
        line: 7,
        message: `Namespace a is written twice: here and in ${join(folder.path, 'a.yaml')}:1:1`,
      },
    ]);
  });

  it('tells of files that are no text and of links that lead nowhere', async () => {
    await using folder = await createTempDirectory();
    await writeFile(join(folder.path, 'a.yaml'), Buffer.from(`\uFEFF${NAMESPACE}`, 'utf16le'));
    await symlink('nowhere', join(folder.path, 'b.yaml'));
    const { problems } = await readDirectory(folder.path);
    expect(problems.map(({ file, message }) => [file, message])).toEqual([
      [join(folder.path, 'b.yaml'), `\`${join(folder.path, 'b.yaml')}\` is a symbolic link that leads nowhere`],
      [join(folder.path, 'a.yaml'), 'the file is not encoded in UTF-8'],
    ]);
  });

  it('follows links and does not run in circles', async () => {
    await using folder = await createTempDirectory();
    await folder.write('deep/a.yaml', NAMESPACE);
    await symlink('..', join(folder.path, 'deep/up'));
    await symlink('deep', join(folder.path, 'again'));
    const { documents, problems } = await readDirectory(folder.path);
    expect([documents.size, problems]).toEqual([1, []]);
  });

  it('reads a file with a byte order mark and Windows line ends', async () => {
    await using folder = await createTempDirectory();
    await folder.write('a.yaml', `\uFEFF${NAMESPACE.replaceAll('\n', '\r\n')}`);
    expect(await readDirectory(folder.path)).toMatchObject({ problems: [], changedKeys: ['Namespace//a'] });
  });

  it.each([
    ['missing', 'does not exist; create it, or name the one that holds the documents'],
    ['file.yaml', 'is no directory; name the directory that holds the documents'],
  ])('is refused where the directory is %s', async (name, sentence) => {
    await using folder = await createTempDirectory();
    await folder.write('file.yaml', NAMESPACE);
    const path = join(folder.path, name);
    await expect(readDirectory(path)).rejects.toThrow(`directory \`${path}\` ${sentence}`);
    await expect(createDirectorySource(path, { clock: systemClock, onChange: () => undefined })).rejects.toThrow(sentence);
  });
});
