// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../index.ts';
import { parseDocuments } from '../index.ts';

/** Each problem as `line:column message | hint`. */
function told({ problems }: ParsedText): readonly string[] {
  return problems.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
}

it.each(['GatewayClass', 'Gateway', 'HTTPRoute', 'ReferenceGrant'])('a %s is read in v1beta1 as in v1', kind => {
  const spec = {
    GatewayClass: '{controllerName: weir.dev/gateway}',
    Gateway: '{gatewayClassName: weir, listeners: [{name: a, port: 80, protocol: HTTP}]}',
    HTTPRoute: '{parentRefs: [{name: a}]}',
    ReferenceGrant: '{from: [{group: g, kind: K, namespace: a}], to: [{group: "", kind: Secret}]}',
  }[kind];
  const read = ['v1', 'v1beta1'].map(version =>
    parseDocuments(
      `apiVersion: gateway.networking.k8s.io/${version}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`,
      'a.yaml',
    ),
  );
  expect(read.map(told)).toEqual([[], []]);
  expect(read.map(({ documents }) => documents.map(document => document.kind))).toEqual([[kind], [kind]]);
});

describe('an object whose kind is not read', () => {
  it.each([
    [
      'a misspelt kind',
      'gateway.networking.k8s.io/v1',
      'HttpRoutes',
      '2:1 kind `HttpRoutes` is not known in `gateway.networking.k8s.io/v1` | did you mean `HTTPRoute`?',
    ],
    ['a misspelt kind of the core', 'v1', 'Secrt', '2:1 kind `Secrt` is not known in `v1` | did you mean `Secret`?'],
    [
      'a kind of Weir that is not served yet',
      'weir.dev/v1alpha1',
      'Translation',
      '2:1 kind `Translation` is not known in `weir.dev/v1alpha1` | known kinds are AccessPolicy, Consumer, Rollout, TrafficPolicy',
    ],
    [
      'an old version',
      'gateway.networking.k8s.io/v1alpha2',
      'HTTPRoute',
      '1:1 apiVersion `gateway.networking.k8s.io/v1alpha2` has no kind `HTTPRoute` that Weir reads | write apiVersion: gateway.networking.k8s.io/v1',
    ],
    [
      'the version of another kind',
      'v1',
      'Gateway',
      '1:1 apiVersion `v1` has no kind `Gateway` that Weir reads | write apiVersion: gateway.networking.k8s.io/v1',
    ],
    [
      'a misspelt group',
      'gateway.networking.k8s.oi/v1',
      'Gateway',
      '1:1 apiVersion `gateway.networking.k8s.oi/v1` has no kind `Gateway` that Weir reads | write apiVersion: gateway.networking.k8s.io/v1',
    ],
    [
      'a version left out',
      'gateway.networking.k8s.io',
      'Gateway',
      '1:1 apiVersion `gateway.networking.k8s.io` has no kind `Gateway` that Weir reads | write apiVersion: gateway.networking.k8s.io/v1',
    ],
  ])('for %s is refused', (_, apiVersion, kind, expected) => {
    expect(told(parseDocuments(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`, 'a.yaml'))).toEqual([expected]);
  });

  it.each([
    ['no apiVersion', 'kind: Gateway\n', '1:1 `apiVersion` is missing | write apiVersion: gateway.networking.k8s.io/v1'],
    [
      'a misspelt apiVersion',
      'apiversion: v1\nkind: Service\n',
      '1:1 unknown field `apiversion`; did you mean `apiVersion`? | write apiVersion: v1',
    ],
    ['no kind', 'apiVersion: v1\n', '1:1 `kind` is missing | write a kind such as HTTPRoute'],
    [
      'no fields at all',
      'hello\n',
      '1:1 a document is text, and an object with apiVersion, kind and metadata is expected | write each field as its name, a colon, a space and its value',
    ],
  ])('for %s is refused', (_, text, expected) => {
    expect(told(parseDocuments(text, 'a.yaml'))).toEqual([expected]);
  });
});
