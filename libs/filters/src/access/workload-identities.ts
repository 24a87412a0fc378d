// SPDX-License-Identifier: Apache-2.0

/** Behind a namespace: all its workloads. */
const ANY_ACCOUNT = '*';

/** Whether a workload, `NAMESPACE/SERVICE-ACCOUNT`, is one of those that a rule names. Who has shown no identity is none of them. */
export function compileIdentities(identities: readonly string[]): (identity: string | undefined) => boolean {
  const known = new Set(identities);
  return identity => {
    if (identity === undefined) return false;
    return known.has(identity) || known.has(`${identity.slice(0, identity.indexOf('/'))}/${ANY_ACCOUNT}`);
  };
}
