// SPDX-License-Identifier: Apache-2.0
import { withFailingField } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document } from '../../documents/index.ts';
import type { Resource } from '../../snapshot/index.ts';
import { readDocuments } from '../goldens/read-documents.ts';
import { routeText, SERVICE, sliceText } from '../goldens/shop-texts.ts';
import { createCompiler } from '../index.ts';
import type { Compilation } from '../index.ts';

type Documents = ReadonlyMap<string, Document>;

const MINUTE_MS = 60_000;

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
`;
const ROLLOUT = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: catalogue, namespace: shop }
spec:
  targetRef: { name: catalogue }
  revisions: { deployment: { name: catalogue } }
  strategy: { blueGreen: {} }
`;

function documentIn(text: string): Document {
  return [...readDocuments(text).values()][0]!;
}

const route = (name: string, path: string): Document => documentIn(routeText(name, path));

function policy(service = 'catalogue'): Document {
  return documentIn(`
apiVersion: weir.dev/v1alpha1
kind: AccessPolicy
metadata: { name: staff, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${service} }]
  authorization: { rules: [{ name: staff, action: Allow, groups: [staff] }] }
`);
}

/** Its rules, unless said, cannot be read. */
function failing(document: Document, field = 'rules', isBad?: () => boolean): Document {
  return withFailingField(document, field, isBad);
}

function fieldOf(kind: string): string {
  return kind === 'Service' ? 'ports' : 'rules';
}

function documents(...all: readonly Document[]): Documents {
  return new Map(all.map(one => [`${one.kind}/${one.namespace}/${one.name}`, one]));
}

const BASE = [documentIn(GATEWAY), documentIn(SERVICE), documentIn(sliceText('10.0.0.1'))] as const;

/** A compiler, and what is known to who is given its transactions. */
function begin() {
  let nowMs = Date.UTC(2026, 0, 1);
  const compiler = createCompiler({ clock: { wallMs: () => nowMs }, defaultAddresses: ['127.0.0.1'] });
  const known = new Map<string, Resource>();
  return {
    known,
    update: (all: Documents): Compilation => {
      const compilation = compiler.update(all);
      for (const name of compilation.transaction.removes) known.delete(name);
      for (const resource of compilation.transaction.upserts) known.set(resource.name, resource);
      return compilation;
    },
    pass: (ms: number): void => void (nowMs += ms),
  };
}

/** What these come to where nothing fails. */
function plainly(all: Documents): ReadonlyMap<string, Resource> {
  return begin().update(all).snapshot.resources;
}

describe('a document that makes Weir fail', () => {
  it('stays what it was before, and what is changed beside it is served', () => {
    const { known, update } = begin();
    const [one, two] = [route('one', '/1'), route('two', '/2')];
    update(documents(...BASE, one, two));
    const changed = route('two', '/changed');
    const { snapshot, problems } = update(documents(...BASE, failing(route('one', '/bad')), changed));
    expect(snapshot.resources).toEqual(plainly(documents(...BASE, one, changed)));
    expect([snapshot.version, new Map(known)]).toEqual([2, snapshot.resources]);
    expect(problems).toEqual([
      expect.objectContaining({
        severity: 'error',
        code: 'not-compiled',
        object: 'HTTPRoute shop/one',
        file: 'documents.yaml',
        message: expect.stringMatching(
          /^makes Weir fail \(TypeError: nobody thought of this at .+\), and stays as it was before$/,
        ),
      }),
    ]);
  });

  it.each(['Service', 'HTTPRoute'])('ends a start where an AccessPolicy would guard nothing without it: a %s', kind => {
    const policed = documents(...BASE, route('one', '/1'), policy());
    const all = new Map([...policed].map(([key, one]) => [key, one.kind === kind ? failing(one, fieldOf(kind)) : one]));
    expect(() => begin().update(all)).toThrow(
      /^Weir fails on (Service shop\/catalogue|HTTPRoute shop\/one)\b.*nobody thought of this/,
    );
    all.delete('AccessPolicy/shop/staff');
    expect(
      begin()
        .update(all)
        .problems.map(({ code }) => code),
    ).toContain('not-compiled');
  });

  it('ends a start where a mesh would let everything out without it', () => {
    const mesh = documentIn(`
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XMesh
metadata: { name: weir }
spec: { controllerName: weir.dev/mesh-controller }
`);
    expect(() => begin().update(documents(...BASE, failing(mesh, 'parametersRef')))).toThrow(/^Weir fails on XMesh weir, /);
  });

  it('is left out where nothing is known from before, also at a start', () => {
    const { snapshot, problems } = begin().update(documents(failing(route('one', '/1')), ...BASE, route('two', '/2')));
    expect(snapshot.resources).toEqual(plainly(documents(...BASE, route('two', '/2'))));
    expect(problems.map(({ object, message }) => [object, message.split(', and ')[1]])).toEqual([
      ['HTTPRoute shop/one', 'is left out'],
    ]);
  });

  it('refuses what it guards where nothing is known from before', () => {
    const { update } = begin();
    const all = [...BASE, route('one', '/1')];
    update(documents(...all));
    const { snapshot, problems } = update(documents(...all, failing(policy(), 'authorization')));
    expect(snapshot.resources.get('access-policy/shop/staff')).toMatchObject({
      unresolved: expect.stringContaining('Weir failed on it'),
    });
    expect(problems.map(({ message }) => message.split(', and ')[1])).toContain('what it guards is refused');
  });

  it('refuses what it comes to guard, where what stood for it before guarded something else', () => {
    const { update } = begin();
    const other = documentIn(SERVICE.replace('name: catalogue', 'name: other'));
    const all = [
      ...BASE,
      other,
      route('one', '/1'),
      documentIn(routeText('two', '/2').replace('name: catalogue', 'name: other')),
    ];
    update(documents(...all, failing(policy(), 'authorization')));
    const now = [...all, failing(policy('other'), 'authorization')];
    expect(update(documents(...now)).snapshot.resources).toEqual(begin().update(documents(...now)).snapshot.resources);
  });

  it('is tried again once it is changed, and its problem goes', () => {
    const { update } = begin();
    update(documents(...BASE, failing(route('one', '/1'))));
    const mended = documents(...BASE, route('one', '/mended'));
    const { snapshot, problems } = update(mended);
    expect([snapshot.resources, problems]).toEqual([plainly(mended), []]);
  });

  it('is removed when it is removed', () => {
    const { known, update } = begin();
    update(documents(...BASE, route('one', '/1')));
    update(documents(...BASE, failing(route('one', '/bad'))));
    const { problems } = update(documents(...BASE));
    expect([new Map(known), problems]).toEqual([plainly(documents(...BASE)), []]);
  });

  it('costs nobody anything as long as it stays: nothing is searched again', () => {
    const { update } = begin();
    let readCount = 0;
    const bad = failing(route('one', '/1'), 'rules', () => (readCount += 1) > 0);
    update(documents(...BASE, bad));
    const before = readCount;
    for (const path of ['/a', '/b']) update(documents(...BASE, bad, route('two', path)));
    expect(readCount).toBe(before);
  });

  it('is not tried again where nothing else has been changed, however long that is', () => {
    const { update, pass } = begin();
    let readCount = 0;
    const all = documents(
      ...BASE,
      failing(route('one', '/1'), 'rules', () => (readCount += 1) > 0),
    );
    update(all);
    const before = readCount;
    pass(10 * MINUTE_MS);
    update(all);
    expect(readCount).toBe(before);
  });

  it('is tried again after ten minutes where others have been changed since', () => {
    const { update, pass } = begin();
    let isBad = true;
    const bad = failing(route('one', '/1'), 'rules', () => isBad);
    update(documents(...BASE, bad));
    isBad = false;
    const others = documents(...BASE, bad, route('two', '/2'));
    expect(update(others).problems).toHaveLength(1);
    pass(10 * MINUTE_MS);
    const { snapshot, problems } = update(others);
    expect([snapshot.resources.size, problems]).toEqual([
      plainly(documents(...BASE, route('one', '/1'), route('two', '/2'))).size,
      [],
    ]);
  });
});

it('where Weir fails only on what it remembers, all is compiled anew, and nobody is held', () => {
  let hasReadOne = false;
  const wallMs = (): number => {
    hasReadOne = false;
    return 0;
  };
  const compiler = createCompiler({ clock: { wallMs }, defaultAddresses: ['127.0.0.1'] });
  const one = failing(route('one', '/1'), 'rules', () => {
    hasReadOne = true;
    return false;
  });
  const two = failing(route('two', '/2'), 'rules', () => !hasReadOne);
  compiler.update(documents(...BASE, one));
  const { snapshot, problems } = compiler.update(documents(...BASE, one, two));
  expect([snapshot.resources, problems]).toEqual([plainly(documents(...BASE, route('one', '/1'), route('two', '/2'))), []]);
});

describe('where Weir fails whatever is left out', () => {
  it('everything stays as it was until it compiles, and is searched for whom it is about once a minute at most', () => {
    const { known, update, pass } = begin();
    let isBad = false;
    let readCount = 0;
    const service = failing(documentIn(SERVICE), 'ports', () => (readCount += 1) > 0 && isBad);
    const before = update(documents(BASE[0], service, BASE[2], route('one', '/1'))).snapshot;
    isBad = true;
    const next = documents(BASE[0], service, BASE[2], route('one', '/changed'));
    const readsOf = (): number => {
      const already = readCount;
      const stuck = update(next);
      expect(stuck).toMatchObject({ snapshot: before, transaction: { upserts: [], removes: [] } });
      expect(stuck.problems.map(({ code }) => code)).toEqual(['nothing-compiled']);
      return readCount - already;
    };
    const [searching, waiting] = [readsOf(), readsOf()];
    pass(5_000);
    const trying = readsOf();
    pass(MINUTE_MS);
    expect([readsOf() > trying, searching > trying, trying > 0, waiting]).toEqual([true, true, true, 0]);
    pass(5_000);
    const mended = documents(...BASE, route('one', '/changed'));
    expect([update(mended).problems, new Map(known)]).toEqual([[], plainly(mended)]);
  });

  it('nobody is searched for longer than the others can wait', () => {
    let compileCount = 0;
    const wallMs = (): number => (compileCount += 1) * 1_000;
    const compiler = createCompiler({ clock: { wallMs }, defaultAddresses: ['127.0.0.1'] });
    const { snapshot } = compiler.update(documents(...BASE));
    const many = Array.from({ length: 64 }, (_, index) => failing(route(`bad-${index}`, `/${index}`)));
    const before = compileCount;
    const stuck = compiler.update(documents(...BASE, ...many));
    expect(stuck.snapshot).toBe(snapshot);
    expect(stuck.problems.map(({ message }) => message)).toEqual([expect.stringContaining('too many documents')]);
    expect(compileCount - before).toBeLessThan(30);
  });
});

it('what was told of Rollouts stays as it was told', () => {
  const { update } = begin();
  const rollout = documentIn(ROLLOUT);
  const before = update(documents(...BASE, rollout));
  update(documents(...BASE));
  expect([...before.rollouts.keys()]).toEqual(['shop/catalogue']);
});

it('whatever fails and comes and goes, the others are as without it', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const edit = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), name, path: fc.constantFrom('/1', '/2'), isBad: fc.boolean() }),
    fc.record({ kind: fc.constant('remove' as const), name }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }), rounds => {
      const { known, update } = begin();
      const given = new Map<string, Document>();
      const model = new Map<string, Document>();
      const bad = new Set<Document>();
      for (const round of rounds) {
        for (const one of round) {
          const key = `HTTPRoute/shop/${one.name}`;
          given.delete(key);
          if (one.kind === 'remove') continue;
          const document = one.isBad ? failing(route(one.name, one.path)) : route(one.name, one.path);
          if (one.isBad) bad.add(document);
          given.set(key, document);
        }
        // What fails stays what it last was among the documents of a round.
        for (const key of [...model.keys()]) if (!given.has(key)) model.delete(key);
        for (const [key, document] of given) if (!bad.has(document)) model.set(key, document);
        const { snapshot } = update(documents(...BASE, ...given.values()));
        expect(snapshot.resources).toEqual(plainly(documents(...BASE, ...model.values())));
        expect(new Map(known)).toEqual(snapshot.resources);
      }
    }),
    { numRuns: 100 },
  );
});
