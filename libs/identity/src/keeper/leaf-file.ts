// SPDX-License-Identifier: Apache-2.0
import { parseTrustBundle, trustBundleData } from '../bundle/trust-bundle.ts';
import type { TrustBundle } from '../bundle/trust-bundle.ts';
import { IdentityError } from '../identity-error.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { Credential } from './credential.ts';
import type { HeldLeaf } from './held-leaf.ts';

const LEAF_FILE = 'leaf.json';

/** What was stored, not yet verified. */
export interface StoredLeaf {
  readonly credential: Credential;
  readonly bundle: TrustBundle;
  readonly obtainedAtMs: number;
}

/** Leaf, key and bundle in one file: each is of use with the others alone. */
export async function writeLeaf(secrets: SecretStore, leaf: HeldLeaf, bundle: TrustBundle): Promise<void> {
  const { credential, obtainedAtMs } = leaf;
  const stored = {
    obtainedAtMs,
    chainPem: credential.chainPem,
    keyPem: credential.exposeKeyPem(),
    bundle: trustBundleData(bundle),
  };
  await secrets.write(LEAF_FILE, `${JSON.stringify(stored)}\n`);
}

/** Undefined where nothing is stored. Throws IdentityError where it cannot be used. */
export async function readLeaf(secrets: SecretStore): Promise<StoredLeaf | undefined> {
  const json = await secrets.read(LEAF_FILE);
  if (json === undefined) return undefined;
  const { obtainedAtMs, chainPem, keyPem, bundle } = parseFields(json);
  if (typeof obtainedAtMs !== 'number' || typeof chainPem !== 'string' || typeof keyPem !== 'string') throw damaged();
  return {
    obtainedAtMs,
    credential: new Credential(chainPem, keyPem),
    bundle: parseTrustBundle(JSON.stringify(bundle ?? null)),
  };
}

function parseFields(json: string): Readonly<Record<'bundle' | 'chainPem' | 'keyPem' | 'obtainedAtMs', unknown>> {
  try {
    const found: unknown = JSON.parse(json);
    return {
      bundle: undefined,
      chainPem: undefined,
      keyPem: undefined,
      obtainedAtMs: undefined,
      ...(typeof found === 'object' ? found : {}),
    };
  } catch {
    // The parser's words would show a part of the text, which has the key in it.
    throw damaged();
  }
}

function damaged(): IdentityError {
  return new IdentityError('damaged-storage', {
    message: `the stored leaf (${LEAF_FILE}) cannot be read`,
    hint: 'nothing needs to be done: a new one is asked for',
  });
}
