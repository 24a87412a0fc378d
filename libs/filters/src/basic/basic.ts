// SPDX-License-Identifier: Apache-2.0
import type { Clock, Identity } from '@weir/base';
import type { BasicMethod, ResourceName } from '@weir/policy/snapshot';
import { ABSENT, NO_HEADERS } from '../access/authenticator.ts';
import type { Authenticated, Authenticator } from '../access/authenticator.ts';
import type { ConsumerTable } from '../access/consumer-table.ts';
import type { Reference } from '../access/reference.ts';
import type { PasswordCheck, PasswordChecker, Unchecked } from './password-checker.ts';
import { readBasic, removeBasic } from './read-basic.ts';

export interface BasicPorts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly consumers: (name: ResourceName) => Reference<ConsumerTable>;
  readonly passwords: PasswordChecker;
}

const REFUSALS: Readonly<Record<Unchecked, Authenticated>> = {
  busy: { kind: 'unavailable', detail: 'too many passwords are being checked' },
  failed: { kind: 'unavailable', detail: 'the password could not be checked' },
};
/** One sentence for a wrong name and a wrong password: whoever reads logs learns no more than whoever tries. */
const WRONG: Authenticated = { kind: 'refused', detail: 'name or password are wrong' };

/** Those that a password has shown. */
const byPassword = new WeakSet<Identity>();

/** Names and passwords of Consumers (RFC 7617). */
export function createBasic(method: BasicMethod, { clock, consumers, passwords }: BasicPorts): Authenticator {
  const table = consumers(method.consumers);
  const conclude = (checked: PasswordCheck | Unchecked): Authenticated => {
    if (typeof checked === 'string') return REFUSALS[checked];
    if (checked.found === undefined) return WRONG;
    const { consumer, groups, expiresMs } = checked.found;
    if (expiresMs !== 0 && clock.wallMs() >= expiresMs) {
      return { kind: 'refused', detail: `the password of ${consumer} has expired` };
    }
    const identity: Identity = { method: method.name, consumer, groups, claims: undefined };
    byPassword.add(identity);
    return { kind: 'admitted', identity, headers: NO_HEADERS };
  };
  const challenge = `Basic realm="${method.realm}", charset="UTF-8"`;
  return {
    name: method.name,
    challenge,
    challengeOfRefused: challenge,
    ownedHeaders: [],
    hide: undefined,
    authenticate({ request, clientAddress }) {
      const credential = readBasic(request.headers);
      if (credential === undefined) return ABSENT;
      if (typeof credential === 'string') return { kind: 'refused', detail: `the credential cannot be read: ${credential}` };
      if (table.current === undefined) return { kind: 'unavailable', detail: `${table.name} is not known` };
      const candidates = table.current.passwords.candidatesFor(credential.username);
      if (candidates.length === 0) return WRONG;
      const checked = passwords.check({ password: credential.password, candidates, address: clientAddress });
      return checked instanceof Promise ? checked.then(conclude) : conclude(checked);
    },
    strip({ request, identities }) {
      // Whoever was admitted by something else may have shown any password: the backend would take it for one that was verified.
      if (!method.isForwarded || !identities.some(identity => byPassword.has(identity))) removeBasic(request.headers);
    },
  };
}
