// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../parse/parse-documents.ts';

const TARGET = '{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: web }';

/** `path message` of each problem; a policy that has any is no document. */
function problemsOf(spec: string, { kind = 'AccessPolicy', targets = `[${TARGET}]` } = {}): readonly string[] {
  const text = `apiVersion: weir.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: p }\nspec: { targetRefs: ${targets}, ${spec} }`;
  const { documents, problems } = parseDocuments(text, 'p.yaml');
  expect(documents.length === 0).toBe(problems.length > 0);
  return problems.map(({ path, message, hint = '' }) => `${path} ${message} | ${hint}`);
}

const ruled = (rule: string): string => `authorization: { rules: [{ name: r, action: Deny, ${rule} }] }`;
const keyed = (method: string): string => `authentication: { methods: [${method}] }`;

describe('an AccessPolicy', () => {
  it.each([
    'addresses: { allow: [10.0.0.0/8, 2001:db8::/32, 192.0.2.7] }',
    ruled('methods: [GET], paths: [{ value: /a }], headers: [{ name: X-A, values: [b] }]'),
    keyed('{ name: k, apiKey: { from: [{ header: X-Key }, { query: key }, { cookie: key }] } }'),
    'relax: [authentication]',
    'mode: Shadow, authorization: { defaultAction: Deny }',
  ])('may say %s', spec => {
    expect(problemsOf(spec)).toEqual([]);
  });

  // Each of these, were it skipped, would open what it is meant to close.
  it.each([
    ['nothing', 'relaxable: [{ part: addresses }]', 'says nothing about access'],
    ['an unknown field', 'adresses: { deny: [10.0.0.1] }', 'adresses'],
    ['an unknown field of a rule', ruled('path: /admin'), 'path'],
    ['an unknown field of a method', keyed('{ name: k, jwks: {} }'), 'jwks'],
    ['a part that there is not', 'relax: [everything]', 'relax'],
    ['an unknown mode', 'mode: Audit, addresses: { deny: [10.0.0.1] }', 'mode'],
    ['defaultAction: Allow', 'authorization: { defaultAction: Allow }', 'defaultAction'],
    ['an action of another case', 'authorization: { rules: [{ name: r, action: deny }] }', 'action'],
    ['two rules of one name', 'authorization: { rules: [{ name: r, action: Deny }, { name: r, action: Allow }] }', 'the name'],
    ['no rule and no default', 'authorization: {}', 'says nothing'],
    ['an empty list of rules', 'authorization: { rules: [] }', 'write rules, or defaultAction: Deny'],
    ['addresses without any', 'addresses: {}', 'names no address'],
    ['an empty list of addresses', 'addresses: { allow: [] }', 'allow'],
    ['a CIDR that is none', 'addresses: { deny: [10.0.0.0/33] }', 'is neither an IP address nor a CIDR'],
    ['a CIDR with an empty length', 'addresses: { deny: [10.0.0.0/] }', 'is neither an IP address nor a CIDR'],
    ['a CIDR with two lengths', 'addresses: { deny: [10.0.0.0/8/8] }', 'is neither an IP address nor a CIDR'],
    ['a name for an address', 'addresses: { deny: [localhost] }', 'is neither an IP address nor a CIDR'],
    ['an address of IPv4 with zeros in front', 'addresses: { deny: [010.0.0.1] }', 'is neither an IP address nor a CIDR'],
    ['an address with a zone', "addresses: { deny: ['fe80::1%eth0'] }", 'is neither an IP address nor a CIDR'],
    ['a method in small letters', ruled('methods: [delete]'), 'is no method'],
    ['an empty condition', ruled('methods: []'), 'methods'],
    ['a path with a query', ruled("paths: [{ value: '/a?b' }]"), 'paths'],
    ['a header condition without values', ruled('headers: [{ name: X-A, values: [] }]'), 'values'],
    ['no method of authentication', 'authentication: { methods: [] }', 'methods'],
    ['a method that names none', keyed('{ name: k }'), 'names no method'],
    ['a credential from nowhere', keyed('{ name: k, apiKey: { from: [{}] } }'), 'names no place'],
    ['a credential from two places', keyed('{ name: k, apiKey: { from: [{ header: a, query: b }] } }'), 'names several places'],
  ])('that says %s is refused', (_, spec, words) => {
    expect(problemsOf(spec)).toContainEqual(expect.stringContaining(words));
  });

  it.each([
    ['no target', '[]', 'targetRefs'],
    ['another kind', '[{ group: apps, kind: Deployment, name: web }]', 'no policy can be attached'],
    ['a kind in the wrong group', '[{ group: "", kind: HTTPRoute, name: web }]', 'write group: gateway.networking.k8s.io'],
    ['another namespace', '[{ group: "", kind: Service, name: web, namespace: other }]', 'namespace'],
    ['a section of a Service', '[{ group: "", kind: Service, name: web, sectionName: http }]', 'has no sections'],
    ['the same target twice', `[${TARGET}, ${TARGET}]`, 'the target'],
  ])('with %s is refused', (_, targets, words) => {
    expect(problemsOf('relax: [authentication]', { targets })).toEqual([expect.stringContaining(words)]);
  });
});

describe('the group weir.dev', () => {
  it.each([
    ['AccessPolice', 'did you mean `AccessPolicy`?'],
    ['FirewallPolicy', ''],
  ])('has no kind %s, and a document of it is refused', (kind, hint) => {
    const text = `apiVersion: weir.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: p }\nspec: {}`;
    const { documents, problems } = parseDocuments(text, 'p.yaml');
    expect(documents).toEqual([]);
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', hint: expect.stringContaining(hint) })]);
  });

  it('has no other version of it', () => {
    const text = 'apiVersion: weir.dev/v1\nkind: AccessPolicy\nmetadata: { name: p }\nspec: {}';
    expect(parseDocuments(text, 'p.yaml').documents).toEqual([]);
  });
});
