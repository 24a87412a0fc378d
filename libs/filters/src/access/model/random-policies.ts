// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { LISTENERS } from './world.ts';
import type { ConsumerName, ListenerName, Owner } from './world.ts';

export type Part = 'addresses' | 'authentication' | 'authorization';

export interface Target {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}

export interface WrittenRule {
  readonly action: 'Allow' | 'Deny';
  readonly methods?: readonly string[];
  readonly groups?: readonly string[];
  readonly consumers?: readonly string[];
  readonly addresses?: readonly string[];
  readonly paths?: readonly { readonly type?: string; readonly value: string }[];
}

interface ApiKeyParts {
  readonly consumers?: { readonly matchLabels: { readonly name: string } };
}

/** An AccessPolicy as it is written, as far as the tests write any. */
export interface WrittenPolicy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: Owner };
  readonly spec: {
    readonly targetRefs: readonly Target[];
    readonly mode?: 'Enforce' | 'Shadow' | undefined;
    readonly relaxable?: readonly WrittenRelaxable[] | undefined;
    readonly relax?: readonly Part[] | undefined;
    readonly addresses?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] } | undefined;
    readonly authentication?: WrittenAuthentication | undefined;
    readonly authorization?: WrittenAuthorization | undefined;
  };
}

interface WrittenRelaxable {
  readonly part: Part;
  readonly namespaces: { readonly from: 'All' | 'Same' | 'Selector' };
}

interface WrittenAuthentication {
  readonly anonymous: boolean;
  readonly methods: readonly { readonly apiKey: ApiKeyParts & { readonly from: readonly object[] } }[];
}

interface WrittenAuthorization {
  readonly defaultAction?: 'Deny';
  readonly rules: readonly (WrittenRule & { readonly name: string })[];
}

const GATEWAY_API = 'gateway.networking.k8s.io';

const of = (kind: string, name: string, sectionName?: string): Target => ({
  group: kind === 'Namespace' || kind === 'Service' ? '' : GATEWAY_API,
  ...{ kind, name },
  ...(sectionName === undefined ? {} : { sectionName }),
});

/** What a policy of a namespace may name: everything there, what is not there, and what belongs to somebody else. */
const TARGETS: Readonly<Record<Owner, readonly Target[]>> = {
  infra: [
    ...[of('Namespace', 'infra'), of('Gateway', 'edge'), of('Gateway', 'edge', 'main')],
    ...[of('Gateway', 'edge', 'own'), of('Namespace', 'shop')],
  ],
  team: [
    ...[of('Namespace', 'team'), of('ListenerSet', 'more'), of('ListenerSet', 'more', 'own')],
    ...[of('ListenerSet', 'more', 'main'), of('Gateway', 'edge')],
  ],
  shop: [
    ...[of('Namespace', 'shop'), of('HTTPRoute', 'web'), of('HTTPRoute', 'web', 'admin')],
    ...[of('Service', 'api'), of('HTTPRoute', 'web', '1')],
  ],
  stock: [of('Namespace', 'stock'), of('Service', 'api'), of('Gateway', 'edge')],
};

/** Mostly one condition: with more of them next to no request fits. */
const condition: fc.Arbitrary<Omit<WrittenRule, 'action'>> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom({ groups: ['gold'] }, { groups: ['gold'] }, { groups: ['staff'] }) },
  { weight: 1, arbitrary: fc.constantFrom({ consumers: ['ann'] }, { consumers: ['ann', 'bob'] }) },
  { weight: 1, arbitrary: fc.constantFrom({ methods: ['GET'] }, { methods: ['POST'] }) },
  { weight: 1, arbitrary: fc.constantFrom({ addresses: ['10.0.0.0/8'] }, { addresses: ['::/0'] }, { addresses: ['0.0.0.0/0'] }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { paths: [{ value: '/admin' }] },
      { paths: [{ type: 'Exact', value: '/other' }] },
      { paths: [{ type: 'RegularExpression', value: '/(other|admin)' }] },
    ),
  },
  { weight: 1, arbitrary: fc.constant({}) },
);

const rule: fc.Arbitrary<WrittenRule> = fc
  .tuple(fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'), condition, fc.oneof(fc.constant({}), fc.constant({}), condition))
  .map(([action, first, second]) => ({ action, ...first, ...second }));

/** Nothing that is RE2: the policy cannot be evaluated. */
const broken: fc.Arbitrary<WrittenRule> = fc.constant({
  action: 'Deny',
  paths: [{ type: 'RegularExpression', value: '/(?=a)' }],
});

const PARTS: readonly Part[] = ['addresses', 'authentication', 'authorization'];

const relaxable = fc
  .tuple(fc.subarray([...PARTS], { minLength: 1 }), fc.constantFrom('All', 'All', 'Same', 'Selector'))
  .map(([names, from]) => {
    const selector = from === 'Selector' ? { selector: { matchLabels: { trusted: 'yes' } } } : {};
    return names.map(part => ({ part, namespaces: { from, ...selector } }));
  });

const addresses = fc.constantFrom(
  { allow: ['10.0.0.0/8'] },
  { deny: ['192.0.2.1'] },
  { allow: ['10.0.0.0/8', '192.0.2.0/24'], deny: ['10.0.0.66'] },
);

const authorization = fc
  .record(
    {
      defaultAction: fc.constant('Deny'),
      rules: fc
        .array(fc.oneof({ weight: 30, arbitrary: rule }, { weight: 1, arbitrary: broken }), { maxLength: 2 })
        .map(rules => rules.map((one, index) => ({ name: `r${index}`, ...one }))),
    },
    { requiredKeys: ['rules'], noNullPrototype: true },
  )
  .filter(({ defaultAction, rules }) => defaultAction !== undefined || rules.length > 0);

function authenticationOf(owner: Owner): fc.Arbitrary<WrittenAuthentication> {
  const from = [{ header: `x-key-${owner}` }];
  return fc.record({
    anonymous: fc.boolean(),
    methods: fc
      .constantFrom<ApiKeyParts[]>({}, {}, { consumers: { matchLabels: { name: 'bob' } } })
      .map(more => [{ name: 'key', apiKey: { from, ...more } }]),
  });
}

function specOf(owner: Owner): fc.Arbitrary<WrittenPolicy['spec']> {
  const often = <Value>(value: fc.Arbitrary<Value>, weight: number): fc.Arbitrary<Value | undefined> =>
    fc.oneof({ weight, arbitrary: value }, { weight: 10 - weight, arbitrary: fc.constant(undefined) });
  return fc
    .record({
      targetRefs: fc.uniqueArray(fc.constantFrom(...TARGETS[owner]), { minLength: 1, maxLength: 2, selector: one => one }),
      mode: often(fc.constant('Shadow' as const), 1),
      relaxable: often(relaxable, 4),
      relax: often(fc.subarray([...PARTS], { minLength: 1 }), 3),
      addresses: often(addresses, 2),
      authentication: often(authenticationOf(owner), 5),
      authorization: often(authorization, 7),
    })
    .filter(({ relax, ...spec }) => relax !== undefined || PARTS.some(part => spec[part] !== undefined));
}

export const policyDocument: fc.Arbitrary<WrittenPolicy> = fc
  .constantFrom<Owner[]>('infra', 'infra', 'shop', 'shop', 'team', 'stock')
  .chain(namespace =>
    fc.record({
      apiVersion: fc.constant('weir.dev/v1alpha1'),
      kind: fc.constant('AccessPolicy'),
      metadata: fc.record({ name: fc.constantFrom('p', 'q', 'r'), namespace: fc.constant(namespace) }),
      spec: specOf(namespace),
    }),
  );

/** Sets of policies, each name once. */
export const policyDocuments = fc.uniqueArray(policyDocument, {
  maxLength: 6,
  selector: ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
});

export interface Call {
  readonly listener: ListenerName;
  readonly path: '/admin' | '/other';
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly address: string;
  /** The key that is shown to each namespace's policies; undefined = none. */
  readonly keys: Readonly<Record<Owner, ConsumerName | 'wrong' | undefined>>;
}

const shown = fc.constantFrom<ConsumerName | 'wrong' | undefined>('ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'wrong', undefined);

export const call: fc.Arbitrary<Call> = fc.record({
  listener: fc.constantFrom(...(Object.keys(LISTENERS) as ListenerName[])),
  path: fc.constantFrom('/admin', '/other'),
  method: fc.constantFrom('GET', 'HEAD', 'POST'),
  address: fc.constantFrom('10.0.0.1', '10.0.0.1', '10.0.0.66', '192.0.2.1', '2001:db8::1'),
  keys: fc.record({ infra: shown, team: shown, shop: shown, stock: shown }),
});
