// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createTempDirectory, waitFor } from '@weir/testing';
import type { ManualClock, TempDirectory } from '@weir/testing';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryContent, DirectorySource } from '../index.ts';
import { createDirectorySource } from '../index.ts';

let folder: TempDirectory;
let clock: ManualClock;
let source: DirectorySource | undefined;
let changes: DirectoryContent[];

beforeEach(async () => {
  folder = await createTempDirectory();
  clock = createManualClock();
  changes = [];
});

afterEach(async () => {
  await source?.close();
  source = undefined;
  await folder[Symbol.asyncDispose]();
});

function namespace(name: string, label = 'a'): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n  labels: {x: ${label}}\n`;
}

async function start(files: Readonly<Record<string, string>>): Promise<DirectorySource> {
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  source = await createDirectorySource(folder.path, { clock, onChange: content => changes.push(content) });
  return source;
}

/** Lets time pass until the content is as wanted: the events of the file system come when they come. */
async function until(what: string, isMet: (content: DirectoryContent) => boolean): Promise<DirectoryContent> {
  return waitFor(
    () => {
      clock.advance(5);
      return source !== undefined && isMet(source.content) && source.content;
    },
    { what },
  );
}

const keysOf = ({ documents }: DirectoryContent): readonly string[] => [...documents.keys()].sort();
const labelOf = ({ documents }: DirectoryContent, name: string): string | undefined =>
  documents.get(`Namespace//${name}`)?.labels['x'];

describe('a watched directory', () => {
  it('has the documents of all folders and leaves out what editors put beside them', async () => {
    const { content } = await start({
      'a.yaml': namespace('a'),
      'deep/er/b.yml': namespace('b'),
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'c' } }),
      'a.yaml~': 'no',
      '#a.yaml#': 'no',
      '.a.yaml.swp': 'no',
      '.#a.yaml': 'no',
      'a.yaml.tmp': 'no',
      '4913': 'no',
      '.git/x.yaml': 'no',
      'README.md': 'no',
    });
    expect(keysOf(content)).toEqual(['Namespace//a', 'Namespace//b', 'Namespace//c']);
    expect([...content.changedKeys].sort()).toEqual(keysOf(content));
    expect(content.problems).toEqual([]);
  });

  it('gives a changed document and leaves all others the same objects', async () => {
    const { content: before } = await start({ 'a.yaml': namespace('a'), 'b.yaml': namespace('b') });
    await writeFile(join(folder.path, 'a.yaml'), namespace('a', 'new'));
    const after = await until('the new label', content => labelOf(content, 'a') === 'new');
    expect(after.changedKeys).toEqual(['Namespace//a']);
    expect(after.documents.get('Namespace//b')).toBe(before.documents.get('Namespace//b'));
    expect(labelOf(before, 'a')).toBe('a');
  });

  it('sees saves by renaming', async () => {
    await start({ 'a.yaml': namespace('a') });
    await folder.write('a.yaml', namespace('a', 'new'));
    await until('the new label', content => labelOf(content, 'a') === 'new');
    expect(changes.every(({ removedKeys }) => removedKeys.length === 0)).toBe(true);
  });

  it('sees folders come and go', async () => {
    await start({ 'a.yaml': namespace('a') });
    await folder.write('new/folder/b.yaml', namespace('b'));
    await until('the new folder', ({ documents }) => documents.has('Namespace//b'));
    await rm(join(folder.path, 'new'), { recursive: true });
    const after = await until('the end of the folder', ({ documents }) => documents.size === 1);
    expect(after.removedKeys).toEqual(['Namespace//b']);
  });

  it('takes a renamed file for no change at all', async () => {
    const { content } = await start({ 'a.yaml': namespace('a'), 'b.yaml': namespace('b') });
    await rename(join(folder.path, 'a.yaml'), join(folder.path, 'c.yaml'));
    await folder.write('b.yaml', namespace('b', 'new'));
    await until('the new label', after => labelOf(after, 'b') === 'new');
    const document = content.documents.get('Namespace//a');
    await until('the new file name', () => document?.source.label.includes('c.yaml:') ?? false);
    expect(source?.content.documents.get('Namespace//a')).toBe(document);
    expect(changes.flatMap(({ removedKeys }) => removedKeys)).toEqual([]);
  });

  it('keeps the documents of a file that comes to have errors, and tells all of them', async () => {
    await start({ 'a.yaml': `${namespace('a')}---\n${namespace('b')}` });
    await folder.write('a.yaml', `${namespace('a', 'new')}---\nkind: Namespace\n---\n\tx: 1\n`);
    const broken = await until('the problems', ({ problems }) => problems.length > 0);
    expect(keysOf(broken)).toEqual(['Namespace//a', 'Namespace//b']);
    expect(labelOf(broken, 'a')).toBe('a');
    expect(broken.problems.map(({ line, code }) => [line, code])).toEqual([
      [7, 'missing-field'],
      [9, 'yaml-syntax'],
    ]);
    await folder.write('a.yaml', namespace('a', 'new'));
    const mended = await until('the mended file', ({ problems }) => problems.length === 0);
    expect([labelOf(mended, 'a'), mended.removedKeys]).toEqual(['new', ['Namespace//b']]);
  });

  it('takes nothing of a new file that has errors', async () => {
    await start({ 'a.yaml': namespace('a') });
    await folder.write('b.yaml', `${namespace('b')}---\nkind: Namespace\n`);
    const after = await until('the problem', ({ problems }) => problems.length === 1);
    expect(keysOf(after)).toEqual(['Namespace//a']);
  });

  it('does not take documents away while a file is being written', async () => {
    await start({ 'a.yaml': namespace('a'), 'b.yaml': namespace('b') });
    await writeFile(join(folder.path, 'a.yaml'), '');
    await waitFor(() => clock.pendingTimerCount() > 0, { what: 'the first event' });
    clock.advance(5);
    await waitFor(() => clock.pendingTimerCount() > 0, { what: 'the second look' });
    await writeFile(join(folder.path, 'a.yaml'), namespace('a', 'new'));
    await until('the new label', content => labelOf(content, 'a') === 'new');
    expect(changes.flatMap(({ removedKeys }) => removedKeys)).toEqual([]);
  });

  it('takes documents away when their file stays empty', async () => {
    await start({ 'a.yaml': namespace('a'), 'b.yaml': namespace('b') });
    await writeFile(join(folder.path, 'a.yaml'), '# nothing any more\n');
    await until('the removal', ({ documents }) => documents.size === 1);
  });

  it('is silent about lines that only moved, and knows the new ones', async () => {
    const { content } = await start({ 'a.yaml': namespace('a'), 'b.yaml': namespace('b') });
    const document = content.documents.get('Namespace//a');
    expect(document?.source.locate('metadata.name').line).toBe(4);
    await folder.write('a.yaml', `# a comment\n${namespace('a')}`);
    await until('the new line', () => document?.source.locate('').line === 2);
    expect(document?.source.locate('metadata.name').line).toBe(5);
    expect(changes).toEqual([]);
  });

  it('tells of an object that is written twice, and goes on with the one that was there first', async () => {
    await start({ 'b.yaml': namespace('x', 'first') });
    await folder.write('a.yaml', `# copy\n${namespace('x', 'second')}`);
    const twice = await until('the problem', ({ problems }) => problems.length === 1);
    expect(labelOf(twice, 'x')).toBe('first');
    expect(twice.problems[0]).toMatchObject({
      file: join(folder.path, 'a.yaml'),
      line: 5,
      column: 3,
      message: `Namespace x is written twice: here and in ${join(folder.path, 'b.yaml')}:1:1`,
    });
    await folder.remove('b.yaml');
    const once = await until('the end of the problem', ({ problems }) => problems.length === 0);
    expect([labelOf(once, 'x'), once.removedKeys]).toEqual(['second', []]);
  });

  it('keeps everything when the directory itself goes away', async () => {
    await start({ 'a.yaml': namespace('a') });
    await rm(folder.path, { recursive: true });
    const after = await until('the warning', ({ problems }) => problems.length > 0);
    expect(keysOf(after)).toEqual(['Namespace//a']);
    expect(after.problems[0]?.severity).toBe('warning');
    await mkdir(folder.path);
  });

  it('is quiet after it was closed', async () => {
    const watched = await start({ 'a.yaml': namespace('a') });
    await watched.close();
    await folder.write('a.yaml', namespace('a', 'new'));
    clock.advance(1000);
    expect(changes).toEqual([]);
    expect(clock.pendingTimerCount()).toBe(0);
  });
});
