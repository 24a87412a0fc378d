// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** The certificate of the connection, where the listener's authorities vouch for it. */
export interface ClientCertificateMethod {
  readonly kind: 'clientCertificate';
  readonly name: string;
  /** Name of the Consumers resource. */
  readonly consumers: ResourceName;
  /** Whether those are admitted, too, who are none of these Consumers. */
  readonly admitsUnknown: boolean;
}

/** A subject alternative name; lower-case where case does not matter. In rules, a DNS name may begin with `*.`, for one label. */
export interface CertificateNameMatch {
  readonly kind: 'dns' | 'email' | 'uri';
  readonly value: string;
}
