// SPDX-License-Identifier: Apache-2.0
import type { Listener, Port } from '@weir/policy/snapshot';
import type { Answer, ExplainedListener, ExplainedPort } from './explanation.ts';

export function explainedPort({ address, port, protocol }: Port): ExplainedPort {
  return { address, port, protocol };
}

export function explainedListener({ name, hostname, tls }: Listener): ExplainedListener {
  return { name, hostname, clientCertificates: tls?.clientValidation?.mode };
}

export function unreachable(detail: string): Answer {
  return { kind: 'unreachable', detail };
}
