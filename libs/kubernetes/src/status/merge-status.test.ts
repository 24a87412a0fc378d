// SPDX-License-Identifier: Apache-2.0
import type { Condition, GatewayStatus, RouteStatus } from '@weir/policy/compile';
import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { mergeStatus } from './merge-status.ts';

const OWN = 'weir.dev/gateway-controller';

function condition(type: string, status: 'False' | 'True', lastTransitionTime: string): Condition {
  return { type, status, reason: type, message: '', observedGeneration: 1, lastTransitionTime };
}

function object(status: object, owned?: object): ClusterObject {
  const entry = { manager: 'weir', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': owned } };
  const managedFields = owned === undefined ? [] : [entry];
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', managedFields }, status } as unknown as ClusterObject;
}

const parent = (name: string, controllerName: string, conditions: readonly Condition[]) => ({
  ...{ parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name }, controllerName, conditions },
});

const route = (...parents: readonly ReturnType<typeof parent>[]): RouteStatus => ({ parents });

function gateway(conditions: readonly Condition[], listener: readonly Condition[]): GatewayStatus {
  const listeners = [{ name: 'http', supportedKinds: [], attachedRoutes: 1, conditions: listener }];
  return { addresses: [], conditions, listeners, attachedListenerSets: 0 };
}

describe('a status of several writers', () => {
  it('keeps the entries of others where they are, and its own in their places', () => {
    const found = [
      parent('edge', OWN, [condition('Accepted', 'True', 'long ago')]),
      parent('edge', 'example.com/other', []),
      parent('gone', OWN, []),
    ];
    const wanted = route(
      parent('new', OWN, [condition('Accepted', 'True', 'now')]),
      parent('edge', OWN, [condition('Accepted', 'True', 'now'), condition('ResolvedRefs', 'False', 'now')]),
    );
    const { status, isThere } = mergeStatus(wanted, object({ parents: found }));
    expect(isThere).toBe(false);
    expect(status).toEqual({
      parents: [
        parent('edge', OWN, [condition('Accepted', 'True', 'long ago'), condition('ResolvedRefs', 'False', 'now')]),
        parent('edge', 'example.com/other', []),
        parent('new', OWN, [condition('Accepted', 'True', 'now')]),
      ],
    });
    expect(mergeStatus(wanted, object(status)).isThere).toBe(true);
  });

  it('says when a condition turned, and not when it was looked at', () => {
    const found = { parents: [parent('edge', OWN, [condition('Accepted', 'False', 'long ago')])] };
    const turned = route(parent('edge', OWN, [condition('Accepted', 'True', 'now')]));
    expect(mergeStatus(turned, object(found)).status).toEqual(turned);
    const same = route(parent('edge', OWN, [condition('Accepted', 'False', 'now')]));
    expect(mergeStatus(same, object(found))).toEqual({ status: found, isThere: true });
  });

  it('loses no entry of others where there is no room for all', () => {
    const others = Array.from({ length: 31 }, (_, index) => parent(`p${index}`, 'example.com/other', []));
    const { status } = mergeStatus(route(parent('a', OWN, []), parent('b', OWN, [])), object({ parents: others }));
    expect(status['parents']).toEqual([...others, parent('a', OWN, [])]);
  });

  it('is the same where others have conditions of their own', () => {
    const wanted = gateway([condition('Accepted', 'True', 'now')], [condition('Programmed', 'True', 'now')]);
    const found = gateway(
      [condition('example.com/Checked', 'True', 'long ago'), condition('Accepted', 'True', 'long ago')],
      [condition('Programmed', 'True', 'long ago')],
    );
    expect(mergeStatus(wanted, object(found)).isThere).toBe(true);
  });

  it('is another one where a condition that Weir applied is not wanted any more', () => {
    const wanted = gateway([condition('Accepted', 'True', 'now')], [condition('Programmed', 'True', 'now')]);
    const found = gateway(wanted.conditions, [condition('Programmed', 'True', 'now'), condition('Conflicted', 'True', 'now')]);
    const marks = (...types: readonly string[]): object =>
      Object.fromEntries(types.map(type => [`k:{"type":"${type}"}`, { '.': {}, 'f:type': {}, 'f:status': {} }]));
    const owned = (...types: readonly string[]): object => ({
      'f:conditions': marks('Accepted'),
      'f:listeners': { 'k:{"name":"http"}': { '.': {}, 'f:conditions': marks(...types) } },
    });
    expect(mergeStatus(wanted, object(found, owned('Programmed', 'Conflicted'))).isThere).toBe(false);
    expect(mergeStatus(wanted, object(found, owned('Programmed'))).isThere).toBe(true);
    const less = { ...wanted, listeners: [] };
    expect(mergeStatus(less, object(found, owned('Programmed'))).isThere).toBe(false);
  });

  it('says nothing where Weir has nothing to say', () => {
    expect(mergeStatus(undefined, object({}))).toEqual({ status: {}, isThere: true });
    expect(mergeStatus(undefined, object({ parents: [parent('edge', 'example.com/other', [])] })).isThere).toBe(true);
    expect(mergeStatus(undefined, object({ parents: [parent('edge', OWN, [])] }))).toEqual({
      status: { parents: [] },
      isThere: false,
    });
    const found = object({ conditions: [] }, { 'f:conditions': { 'k:{"type":"Accepted"}': {} } });
    expect(mergeStatus(undefined, found)).toEqual({ status: {}, isThere: false });
  });
});
