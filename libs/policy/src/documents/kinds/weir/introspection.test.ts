// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { introspection } from './introspection.ts';

const backendRef = { name: 'issuer', port: 80 };

function faultsOf(endpoint: object): string {
  const fields = { endpoint, clientId: 'weir', clientSecretRef: { name: 'issuer-client' } };
  const issues = introspection.safeParse(fields).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
}

describe('the endpoint of introspection', () => {
  it.each<[object]>([
    [{ backendRef, path: '/introspect', host: 'issuer.example' }],
    [{ url: 'https://issuer.example/introspect?a=1' }],
    [{ url: 'http://127.0.0.1:8080/introspect' }],
  ])('may be %j', endpoint => {
    expect(faultsOf(endpoint)).toBe('');
  });

  it.each<[object, string]>([
    [{}, 'endpoint names no place\nwrite url, or backendRef and path'],
    [{ backendRef }, 'endpoint.path is missing, and a Service needs it'],
    [{ url: 'https://issuer.example/', backendRef, path: '/a' }, 'endpoint has url beside what a Service is named by'],
    [{ url: 'http://issuer.example/introspect' }, 'endpoint.url would send tokens and a secret in plaintext'],
    [{ url: 'https://me:secret@issuer.example/' }, 'endpoint.url has a user name, password or fragment'],
    [{ url: 'issuer.example' }, 'endpoint.url is no URL'],
  ])('may not be %j', (endpoint, fault) => {
    expect(faultsOf(endpoint)).toContain(fault);
  });
});
