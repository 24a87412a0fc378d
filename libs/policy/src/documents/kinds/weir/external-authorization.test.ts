// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { externalAuthorization } from './external-authorization.ts';

const backendRef = { name: 'check', port: 9000 };

function faultsOf(fields: object): readonly string[] {
  const issues = externalAuthorization.safeParse(fields).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
}

describe('externalAuthorization', () => {
  it('fails closed unless something else is written', () => {
    expect(externalAuthorization.parse({ grpc: { backendRef } }).onFailure).toBe('Closed');
    expect(externalAuthorization.parse({ grpc: { backendRef }, onFailure: 'Open' }).onFailure).toBe('Open');
  });

  it.each<[string, object, string]>([
    ['no service', {}, 'names no service\nwrite grpc or http'],
    ['two services', { grpc: { backendRef }, http: { backendRef } }, 'has grpc and http\nleave one of them out'],
    ['two paths', { http: { backendRef, path: '/a', pathPrefix: '/b' } }, 'is written beside path\nleave one of them out'],
    ['a path that is none', { http: { backendRef, path: 'verify' } }, 'which is no path\nwrite one such as /verify'],
    ['a query in a path', { http: { backendRef, path: '/verify?a=1' } }, 'which is no path\nwrite one such as /verify'],
    ['a header twice', { http: { backendRef, headersToBackend: ['x-a', 'x-a'] } }, 'repeats the header `x-a` of item 0'],
    ['a field that nobody can be told', { http: { backendRef, headersToBackend: ['Host'] } }, 'is not for a service to say'],
    ['another failure', { grpc: { backendRef }, onFailure: 'Ignore' }, 'Invalid option'],
    ['a body without bound', { grpc: { backendRef }, forwardBody: {} }, 'forwardBody.maxBytes'],
    ['a body above the bound', { grpc: { backendRef }, forwardBody: { maxBytes: 2 ** 30 } }, 'forwardBody.maxBytes'],
    ['a typo', { grpc: { backendRef }, onFailures: 'Open' }, 'onFailure'],
  ])('refuses %s', (_, fields, words) => {
    expect(faultsOf(fields).join('; ')).toContain(words);
  });
});
