// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../index.ts';
import { DocumentSet } from './document-set.ts';
import type { FileReading } from './read-file.ts';

const PATHS = ['a.yaml', 'b.yaml', 'c.yaml'];

/** A file that writes Namespaces of its own: no two files write the same object. */
function reading(path: string, labels: readonly string[]): FileReading {
  const texts = labels.map(
    (label, index) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${path[0]!}${index}, labels: {x: ${label}}}\n`,
  );
  return { path, parsed: parseDocuments(texts.join('---\n'), path) };
}

const files = fc
  .tuple(fc.constantFrom(...PATHS), fc.array(fc.constantFrom('x', 'y'), { maxLength: 3 }))
  .map(([path, labels]) => reading(path, labels));

function contentOf(set: DocumentSet): readonly (readonly [string, string])[] {
  return [...set.documents].map(([key, { hash }]) => [key, hash] as const).sort(([left], [right]) => (left < right ? -1 : 1));
}

describe('a set of documents', () => {
  it('counts generations as a cluster does: from 1, up with the spec, and as stated where one is', () => {
    const set = new DocumentSet();
    const generationAfter = (metadata: string, port: number): number | undefined => {
      const text = `apiVersion: v1\nkind: Service\nmetadata: {name: a${metadata}}\nspec: {ports: [{port: ${port}}]}\n`;
      set.update([{ path: 'a.yaml', parsed: parseDocuments(text, 'a.yaml') }]);
      return [...set.documents.values()][0]?.generation;
    };
    expect(generationAfter('', 80)).toBe(1);
    expect(generationAfter('', 81)).toBe(2);
    expect(generationAfter(', labels: {x: y}', 81)).toBe(2);
    expect(generationAfter(', generation: 7', 82)).toBe(7);
    expect(generationAfter('', 83)).toBe(8);
  });

  it('does not depend on the order of files', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(PATHS, { minLength: 3 }),
        fc.array(fc.constantFrom('x', 'y'), { maxLength: 3 }),
        (order, labels) => {
          const ordered = new DocumentSet();
          const shuffled = new DocumentSet();
          ordered.load(PATHS.map(path => reading(path, labels)));
          shuffled.load(order.map(path => reading(path, labels)));
          expect(contentOf(shuffled)).toEqual(contentOf(ordered));
        },
      ),
    );
  });

  it('is after any changes what reading the last state of each file gives', () => {
    fc.assert(
      fc.property(fc.array(files, { maxLength: 12 }), updates => {
        const changing = new DocumentSet();
        const last = new Map<string, FileReading>();
        for (const update of updates) {
          const before = new Map(changing.documents);
          const { changedKeys, removedKeys } = changing.update([update]);
          last.set(update.path, update);
          for (const key of removedKeys) expect([before.has(key), changing.documents.has(key)]).toEqual([true, false]);
          const different = [...changing.documents].filter(([key, document]) => before.get(key) !== document).map(([key]) => key);
          expect(different.sort()).toEqual([...changedKeys].sort());
        }
        const fresh = new DocumentSet();
        fresh.load([...last.values()]);
        expect(contentOf(changing)).toEqual(contentOf(fresh));
      }),
    );
  });

  it('lets a moved object stay the same, though it was in both files for a while', () => {
    const set = new DocumentSet();
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n';
    set.load([{ path: 'a.yaml', parsed: parseDocuments(text, 'a.yaml') }]);
    const document = set.documents.get('Namespace//x');
    expect(set.update([{ path: 'b.yaml', parsed: parseDocuments(`# moved\n${text}`, 'b.yaml') }])).toEqual({
      changedKeys: [],
      removedKeys: [],
    });
    expect(set.problems).toMatchObject([{ code: 'duplicate-object', file: 'b.yaml', line: 4 }]);
    expect(set.update([{ path: 'a.yaml', parsed: undefined }])).toEqual({ changedKeys: [], removedKeys: [] });
    expect([set.problems, set.documents.get('Namespace//x')]).toEqual([[], document]);
    expect(document?.source.locate('')).toMatchObject({ file: 'b.yaml', line: 2 });
  });

  describe('of which one file cannot be read whole', () => {
    const policy =
      'apiVersion: weir.dev/v1alpha1\nkind: AccessPolicy\nmetadata: {name: p}\nspec: {targetRefs: [TARGET], addresses: {deny: [10.0.0.1]}}\n';
    const guard = policy.replace('TARGET', '{group: gateway.networking.k8s.io, kind: Gateway, name: g}');
    const other = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n';
    const at = (path: string, text: string): FileReading => ({ path, parsed: parseDocuments(text, path) });
    const keys = (set: DocumentSet): readonly string[] => [...set.documents.keys()];

    it('keeps what guards something though it is in no file any more: it may have moved there', () => {
      const set = new DocumentSet();
      set.load([at('a.yaml', `${guard}---\n${other}`), at('b.yaml', '')]);
      const change = set.update([at('a.yaml', ''), at('b.yaml', `${guard}---\nkind: Oops\n`)]);
      expect(change.removedKeys).toEqual(['Namespace//x']);
      expect(keys(set)).toEqual(['AccessPolicy/default/p']);
      expect(set.problems.map(({ code }) => code)).toContain('removal-held');
    });

    it('lets it go, or leaves it where it moved to, once all files can be read', () => {
      const set = new DocumentSet();
      set.load([at('a.yaml', guard), at('b.yaml', '')]);
      set.update([at('a.yaml', ''), at('b.yaml', 'kind: Oops\n')]);
      expect(set.update([at('b.yaml', guard)])).toEqual({ changedKeys: [], removedKeys: [] });
      expect([keys(set), set.problems]).toEqual([['AccessPolicy/default/p'], []]);
      set.update([at('c.yaml', 'kind: Oops\n'), at('b.yaml', '')]);
      expect(keys(set)).toEqual(['AccessPolicy/default/p']);
      expect(set.update([at('c.yaml', other)]).removedKeys).toEqual(['AccessPolicy/default/p']);
      expect(keys(set)).toEqual(['Namespace//x']);
    });
  });
});
