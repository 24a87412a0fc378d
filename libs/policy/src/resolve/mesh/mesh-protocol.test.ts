// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { meshProtocolOf } from './mesh-protocol.ts';

describe('what a port speaks in the mesh', () => {
  it.each([
    ['by appProtocol, in any case', { port: 80, appProtocol: 'Kubernetes.io/H2C' }, 'http2'],
    ['by appProtocol before its name', { port: 80, appProtocol: 'tcp', name: 'http' }, 'tcp'],
    ['by an appProtocol that is not looked into', { port: 80, appProtocol: 'example.com/own' }, 'tcp'],
    ['by its name', { port: 80, name: 'http' }, 'http1'],
    ['by how its name begins', { port: 80, name: 'grpc-admin' }, 'http2'],
    ['by the name of gRPC-Web, which is no gRPC', { port: 80, name: 'grpc-web' }, 'http1'],
    ['by a name that says TLS', { port: 80, name: 'https-api' }, 'tls'],
    ['by its name before its number', { port: 3306, name: 'http' }, 'http1'],
    ['by its number', { port: 3306, name: 'main' }, 'tcp'],
    ['by nothing that says it', { port: 8080, name: 'httpd' }, 'detect'],
  ] as const)('is told %s', (_, port, expected) => {
    expect(meshProtocolOf({ protocol: 'TCP', ...port })).toBe(expected);
  });
});
