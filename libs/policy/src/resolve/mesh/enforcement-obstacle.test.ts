// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ResolvedBackendRef, ResolvedFilter } from '../route/resolved-route.ts';
import { obstacleOf } from './enforcement-obstacle.ts';
import type { MeshedRule } from './resolve-mesh-half.ts';

type Rule = Pick<MeshedRule, 'backends' | 'filters'>;

const PARENT = { namespace: 'shop', service: 'web', port: 80, consumer: undefined };

function backend(service: string, port = 80, filters: readonly ResolvedFilter[] = []): ResolvedBackendRef {
  const target = { namespace: 'shop', service, port, variant: undefined };
  return { target, label: `shop/${service}:${port}`, weight: 1, filters, access: undefined };
}

function rule(parts: Partial<Rule> = {}): Rule {
  return { backends: [backend('web')], filters: [], ...parts };
}

const CHANGES = { set: [{ name: 'x-role', value: 'none' }], add: [], remove: [] };
const MIRROR = { kind: 'requestMirror', access: undefined, numerator: 1, denominator: 1 } as const;
const ASKS: ResolvedFilter = {
  kind: 'externalAuth',
  authorization: {
    service: { kind: 'grpc', headersToService: undefined },
    target: undefined,
    label: 'shop/auth:80',
    timeoutMs: 1,
    body: undefined,
    failsOpen: false,
  },
};

describe('what is attached to a rule in the mesh', () => {
  it.each<readonly [string, Rule]>([
    ['goes on to the Service that was called', rule()],
    ['names no backend', rule({ backends: [] })],
    [
      'has a backend that leads nowhere: it is answered by who calls',
      rule({ backends: [{ ...backend('web'), target: undefined }] }),
    ],
    ['changes answers', rule({ filters: [{ kind: 'responseHeaderModifier', ...CHANGES }] })],
    ['copies requests to the same Service', rule({ filters: [{ ...MIRROR, target: backend('web').target }] })],
    ['has somebody asked', rule({ filters: [ASKS] })],
  ])('can be enforced where the rule %s', (_, one) => {
    expect(obstacleOf(one, PARENT)).toBeUndefined();
  });

  it.each<readonly [string, Rule]>([
    [
      'rewrites paths',
      rule({ filters: [{ kind: 'urlRewrite', hostname: undefined, path: { kind: 'replaceFull', value: '/' } }] }),
    ],
    ['changes header fields', rule({ filters: [{ kind: 'requestHeaderModifier', ...CHANGES }] })],
    [
      'changes header fields for one backend',
      rule({ backends: [backend('web', 80, [{ kind: 'requestHeaderModifier', ...CHANGES }])] }),
    ],
    [
      'redirects',
      rule({
        filters: [
          { kind: 'requestRedirect', scheme: 'https', hostname: undefined, path: undefined, port: undefined, statusCode: 302 },
        ],
      }),
    ],
    ['sends some requests to another Service', rule({ backends: [backend('web'), backend('web-v2')] })],
    ['sends requests to another port', rule({ backends: [backend('web', 81)] })],
    ['copies requests to another Service', rule({ filters: [{ ...MIRROR, target: backend('log').target }] })],
    ['has somebody asked for one backend alone', rule({ backends: [backend('web', 80, [ASKS])] })],
  ])('cannot be enforced where the rule %s', (_, one) => {
    expect(obstacleOf(one, PARENT)).toMatch(/^the rule /);
  });

  it('cannot be enforced where the route is of another namespace than the Service', () => {
    expect(obstacleOf(rule(), { ...PARENT, consumer: 'desk' })).toMatch(
      /^the route holds for callers from namespace `desk` alone/,
    );
  });
});
