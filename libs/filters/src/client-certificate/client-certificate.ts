// SPDX-License-Identifier: Apache-2.0
import type { ClientCertificateMethod, ResourceName } from '@weir/policy/snapshot';
import { ABSENT, NO_HEADERS } from '../access/authenticator.ts';
import type { Authenticated, Authenticator } from '../access/authenticator.ts';
import type { ConsumerTable } from '../access/consumer-table.ts';
import type { Reference } from '../access/reference.ts';
import { keysOfCertificate } from './certificate-names.ts';

export interface ClientCertificatePorts {
  readonly consumers: (name: ResourceName) => Reference<ConsumerTable>;
}

/**
 * The certificate with which the connection was made. It counts where the listener's authorities vouch for it, and nothing that a header
 * says of one does. There is no registered scheme for it; `ClientCertificate` says what is missing.
 */
export function createClientCertificate(method: ClientCertificateMethod, { consumers }: ClientCertificatePorts): Authenticator {
  const table = consumers(method.consumers);
  const { name, admitsUnknown } = method;
  const admit = (consumer: string, groups: readonly string[]): Authenticated => ({
    kind: 'admitted',
    identity: { method: name, consumer, groups, claims: undefined },
    headers: NO_HEADERS,
  });
  return {
    name,
    challenge: 'ClientCertificate',
    challengeOfRefused: 'ClientCertificate',
    ownedHeaders: [],
    hide: undefined,
    authenticate({ downstream: { clientCertificate } }) {
      if (clientCertificate === undefined) return ABSENT;
      if (table.current === undefined) return { kind: 'unavailable', detail: `${table.name} is not known` };
      const owners = table.current.certificates.ownersOf(keysOfCertificate(clientCertificate));
      const [owner] = owners;
      if (owners.length > 1) {
        const labels = owners.map(({ consumer }) => consumer).join(' and ');
        return { kind: 'refused', detail: `the certificate is that of ${labels}` };
      }
      if (owner !== undefined) return admit(owner.consumer, owner.groups);
      return admitsUnknown ? admit('', []) : { kind: 'refused', detail: "the certificate is nobody's" };
    },
    strip: () => undefined,
  };
}
