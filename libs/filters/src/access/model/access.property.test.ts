// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import type { Resource, ResourceName, RouteRule } from '@weir/policy/snapshot';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessSpecs, createAccessFilter } from '../access-filter.ts';
import { createStore, exchangeOf } from '../access-lab.ts';
import { isAccessResource } from '../access-store.ts';
import type { AccessEdit } from '../access-store.ts';
import { modelAdmits } from './access-model.ts';
import { call, policyDocument, policyDocuments } from './random-policies.ts';
import type { Call, WrittenPolicy } from './random-policies.ts';
import { keyOf, LISTENERS, NAMESPACES, WORLD } from './world.ts';

const COMPILER_OPTIONS = { clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] };

/** One text for one object: the same text is the same Document, as it is for a reader that keeps what did not change. */
const parsed = new Map<string, Document>();

function documentsOf(policies: readonly WrittenPolicy[]): ReadonlyMap<string, Document> {
  return new Map([...WORLD, ...policies].map(object => entryOf(JSON.stringify(object))));
}

function entryOf(text: string): readonly [string, Document] {
  const known = parsed.get(text) ?? parse(text);
  parsed.set(text, known);
  return [documentKey(known), known];
}

function parse(text: string): Document {
  const { documents, problems } = parseDocuments(text, 'test.yaml');
  const [document] = documents;
  if (document === undefined) throw new Error(problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  return document;
}

/** Policies at work, without a gateway around them. */
class RunningPolicies {
  private readonly resources: ReadonlyMap<ResourceName, Resource>;
  private readonly store = createStore();

  constructor(resources: ReadonlyMap<ResourceName, Resource>) {
    this.resources = resources;
    const edit: AccessEdit = new Map();
    for (const resource of resources.values()) if (isAccessResource(resource)) this.store.prepare(resource, edit);
    this.store.commit(edit);
  }

  /** Code of the fault and what decided; `admitted`. */
  ask(asked: Call): { readonly code: string; readonly decidedBy: string; readonly detail: string } {
    const { attachments, action } = this.ruleOf(asked.path === '/admin' ? 0 : 1);
    const attachment = attachments.find(({ listener }) => listener === LISTENERS[asked.listener]);
    if (attachment === undefined) throw new Error(`no attachment at ${asked.listener}: ${JSON.stringify(attachments)}`);
    const [spec] = accessSpecs([attachment.access, action.backends[0]?.access], []);
    const exchange = exchangeOf({ ...asked, headers: NAMESPACES.flatMap(owner => headerOf(asked, owner)) });
    try {
      if (spec !== undefined) void createAccessFilter(spec, name => this.store.chain(name)).onRequest?.(exchange);
      return { code: 'admitted', decidedBy: '', detail: '' };
    } catch (reason) {
      const { code, message } = Fault.from(reason);
      return { code, decidedBy: exchange.decidedBy, detail: message };
    }
  }

  private ruleOf(index: number): RouteRule {
    const rule = this.resources.get(`rule/shop/web/${index}`);
    if (rule?.kind !== 'routeRule') throw new Error(`no rule ${index}`);
    return rule;
  }
}

function headerOf({ keys }: Call, owner: (typeof NAMESPACES)[number]): readonly (readonly [string, string])[] {
  const key = keys[owner];
  if (key === undefined) return [];
  return [[`x-key-${owner}`, key === 'wrong' ? 'wrong-0123456789012345' : keyOf(key, owner)]];
}

function runPolicies(policies: readonly WrittenPolicy[]): RunningPolicies {
  return new RunningPolicies(createCompiler(COMPILER_OPTIONS).update(documentsOf(policies)).snapshot.resources);
}

const calls = fc.array(call, { minLength: 8, maxLength: 8 });

function labelOf({ metadata }: WrittenPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function compiled(policies: readonly WrittenPolicy[]): ReadonlyMap<ResourceName, Resource> {
  return createCompiler(COMPILER_OPTIONS).update(documentsOf(policies)).snapshot.resources;
}

function textOf(resources: ReadonlyMap<ResourceName, Resource>): string {
  return JSON.stringify(
    [...resources].sort(([left], [right]) => (left < right ? -1 : 1)),
    undefined,
    1,
  );
}

/** The places of a chain, widest first, that a policy stands at. */
function ranksOf(resources: ReadonlyMap<ResourceName, Resource>, label: string): readonly number[] {
  return [...resources.values()].flatMap(resource =>
    resource.kind === 'accessChain'
      ? resource.guards.filter(({ policy }) => policy === `access-policy/${label}`).map(({ rank }) => rank)
      : [],
  );
}

describe('access policies', () => {
  it('admit what their description says', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(policyDocuments, calls, (policies, asked) => {
        const running = runPolicies(policies);
        for (const one of asked) {
          const { code, detail } = running.ask(one);
          seen.set(code, (seen.get(code) ?? 0) + 1);
          expect({ isAdmitted: code === 'admitted', detail }).toMatchObject({ isAdmitted: modelAdmits(policies, one) });
        }
      }),
      { numRuns: 400 },
    );
    // A generator that reaches one kind of answer only would compare nothing.
    expect([...seen.keys()].sort()).toEqual(['access_denied', 'admitted', 'policy_unresolved', 'unauthenticated']);
  });

  it('of a narrower scope admit nothing that one of a wider scope has refused', () => {
    let count = 0;
    fc.assert(
      fc.property(policyDocuments, policyDocument, calls, (policies, written, asked) => {
        const spec = { ...written.spec, relax: undefined };
        fc.pre(spec.addresses !== undefined || spec.authentication !== undefined || spec.authorization !== undefined);
        const narrow = { ...written, metadata: { ...written.metadata, name: 'narrow' }, spec };
        const [before, after] = [compiled(policies), compiled([...policies, narrow])];
        const [without, withIt] = [new RunningPolicies(before), new RunningPolicies(after)];
        for (const one of asked) {
          const { code, decidedBy, detail } = without.ask(one);
          if (code === 'admitted' || detail.includes('defaultAction')) continue;
          const [refusing = ''] = decidedBy.split('#');
          const widest = Math.max(...ranksOf(before, refusing));
          if (!ranksOf(after, labelOf(narrow)).every(rank => rank > widest)) continue;
          count += 1;
          expect(withIt.ask(one).code).not.toBe('admitted');
        }
      }),
      { numRuns: 250 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it('open nothing by what is not known of them', () => {
    fc.assert(
      fc.property(policyDocuments, fc.nat(), calls, (policies, index, asked) => {
        const resources = compiled(policies);
        const names = [...resources.values()].filter(isAccessResource).map(({ name }) => name);
        const lost = names[index % Math.max(names.length, 1)];
        const [whole, partial] = [
          new RunningPolicies(resources),
          new RunningPolicies(new Map([...resources].filter(([name]) => name !== lost))),
        ];
        for (const one of asked) {
          if (whole.ask(one).code !== 'admitted') expect(partial.ask(one).code).not.toBe('admitted');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('that cannot be evaluated refuse all that they guard', () => {
    const rules = [{ name: 'impossible', action: 'Allow', paths: [{ type: 'RegularExpression', value: '/(?=x)' }] }] as const;
    fc.assert(
      fc.property(policyDocuments, policyDocument, calls, (policies, written, asked) => {
        const metadata = { name: 'broken', namespace: 'infra' } as const;
        const target = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
        const spec = { ...written.spec, mode: 'Enforce', targetRefs: [target], authorization: { rules } } as const;
        const running = runPolicies([...policies, { ...written, metadata, spec }]);
        for (const one of asked) expect(running.ask(one).code).not.toBe('admitted');
      }),
      { numRuns: 100 },
    );
  });

  it('come to the same in any order of their documents, and step by step', () => {
    const edit = fc.oneof(policyDocument, fc.nat({ max: 8 }));
    fc.assert(
      fc.property(policyDocuments, fc.array(edit, { minLength: 1, maxLength: 8 }), (first, edits) => {
        const { update } = createCompiler(COMPILER_OPTIONS);
        let policies: readonly WrittenPolicy[] = first;
        update(documentsOf(policies));
        for (const one of edits) {
          policies =
            typeof one === 'number'
              ? policies.toSpliced(one, 1)
              : [...policies.filter(other => labelOf(other) !== labelOf(one)), one];
          const step = update(documentsOf(policies));
          const fresh = createCompiler(COMPILER_OPTIONS).update(documentsOf([...policies].reverse()));
          expect(textOf(step.snapshot.resources)).toBe(textOf(fresh.snapshot.resources));
          expect(JSON.stringify(step.problems)).toBe(JSON.stringify(fresh.problems));
        }
      }),
      { numRuns: 100 },
    );
  });
});
