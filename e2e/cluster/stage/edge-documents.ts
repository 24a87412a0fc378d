// SPDX-License-Identifier: Apache-2.0
import type { KeyPair } from '@weir/testing';
import type { Manifest } from './manifest.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
/** Host of the routes here. */
export const ECHO_HOST = 'echo.example';

/** A Gateway `edge` with HTTP at port 80, for routes of its own namespace; `listener` says what is otherwise. */
export function edgeGateway(listener: object = {}): Manifest {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', ...listener }];
  return { apiVersion: GATEWAY_API, kind: 'Gateway', metadata: { name: 'edge' }, spec: { gatewayClassName: 'weir', listeners } };
}

/** A route of `ECHO_HOST` to a Service, `echo` unless said, through the Gateway `edge`. */
export function echoRoute(service = 'echo'): Manifest {
  const rules = [{ backendRefs: [{ name: service, port: 80 }] }];
  const spec = { parentRefs: [{ name: 'edge' }], hostnames: [ECHO_HOST], rules };
  return { apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name: 'echo' }, spec };
}

/** A TrafficPolicy `retries`: what could not be sent to a Service, or came back without an answer, is sent again. */
export function retriesOf(...services: readonly string[]): Manifest {
  const targetRefs = services.map(name => ({ group: '', kind: 'Service', name }));
  const retry = { attempts: 3, failures: ['Reset'], backoff: '25ms' };
  return { apiVersion: 'weir.dev/v1alpha1', kind: 'TrafficPolicy', metadata: { name: 'retries' }, spec: { targetRefs, retry } };
}

/** A Secret `certificate`. */
export function tlsSecret({ certificatePem, keyPem }: KeyPair): Manifest {
  const stringData = { 'tls.crt': certificatePem, 'tls.key': keyPem };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'certificate' }, type: 'kubernetes.io/tls', stringData };
}

/** What a listener with the certificate of `tlsSecret` says, whose namespace is the Gateway's unless said. */
export function httpsListener(namespace?: string): object {
  const certificateRefs = [{ name: 'certificate', ...(namespace === undefined ? {} : { namespace }) }];
  return { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs } };
}

/** Lets objects of one kind in one namespace name those of another kind in the namespace where it is. */
export function referenceGrant(from: { readonly kind: string; readonly namespace: string }, to: string): Manifest {
  const spec = { from: [{ group: 'gateway.networking.k8s.io', ...from }], to: [{ group: '', kind: to }] };
  return { apiVersion: GATEWAY_API, kind: 'ReferenceGrant', metadata: { name: `of-${to.toLowerCase()}s` }, spec };
}
