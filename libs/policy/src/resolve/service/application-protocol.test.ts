// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { applicationProtocol, protocolVariant } from './application-protocol.ts';
import type { ServicePort } from './service-port.ts';

const portThatSays = (appProtocol: string | undefined): ServicePort => ({
  port: 8080,
  protocol: 'TCP',
  appProtocol,
  nodePort: undefined,
});

describe('applicationProtocol', () => {
  it.each([
    ['http', 'http1', false],
    ['kubernetes.io/ws', 'http1', false],
    ['kubernetes.io/h2c', 'http2', false],
    ['H2C', 'http2', false],
    ['grpc', 'http2', false],
    ['kubernetes.io/wss', 'http1', true],
    ['https', undefined, true],
    [undefined, undefined, false],
  ])('of %s is %s', (appProtocol, http, needsTls) => {
    expect(applicationProtocol(portThatSays(appProtocol))).toMatchObject({ http, needsTls });
  });

  it('knows no other', () => {
    expect(applicationProtocol(portThatSays('mongo'))).toBeUndefined();
  });
});

describe('protocolVariant', () => {
  it.each([
    ['GRPCRoute', undefined, 'http2'],
    ['GRPCRoute', 'https', 'http2'],
    ['GRPCRoute', 'grpc', undefined],
    ['HTTPRoute', undefined, undefined],
    ['HTTPRoute', 'https', undefined],
  ])('of %s to a port that says %s is %s', (routeKind, appProtocol, variant) => {
    expect(protocolVariant(portThatSays(appProtocol), routeKind)).toBe(variant);
  });
});
