// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { JWT_ALGORITHMS } from './jwt-algorithm.ts';
import type { JwtAlgorithm } from './jwt-algorithm.ts';

/** A key that can verify signatures. */
export interface VerificationKey {
  /** `kid`, by which tokens name it. */
  readonly id: string | undefined;
  /**
   * What it may verify, at least one: its own `alg`, else what its type and curve are for. Nothing that a token says changes this:
   * an RSA key that also verified HS256 would make its public half a secret that everybody knows (RFC 8725 §3.1).
   */
  readonly algorithms: readonly JwtAlgorithm[];
  readonly key: KeyObject;
}

export interface VerificationKeyOptions {
  /** Whether `kty: oct` is taken. A key set that can be fetched publishes its secrets. */
  readonly allowsSecrets: boolean;
}

type Jwk = Readonly<Record<string, unknown>>;

/** A key's material with all algorithms that it could be used with. */
interface Material {
  readonly key: KeyObject;
  readonly algorithms: readonly JwtAlgorithm[];
}

/** NIST SP 800-131A; RFC 7518 §3.3. */
const MIN_RSA_BITS = 2048;
/** Beyond it a verification takes milliseconds: a key set would be a way to stop the worker. */
const MAX_RSA_BITS = 8192;
const MAX_RSA_EXPONENT = 2n ** 64n;

const RSA_ALGORITHMS: readonly JwtAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

const CURVE_ALGORITHMS: ReadonlyMap<unknown, JwtAlgorithm> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
]);

/** RFC 7518 §3.2: a secret is at least as long as the hash. */
const SECRET_ALGORITHMS = [
  { algorithm: 'HS256', minBytes: 32 },
  { algorithm: 'HS384', minBytes: 48 },
  { algorithm: 'HS512', minBytes: 64 },
] as const;

/**
 * Reads a JSON Web Key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
 *
 * @throws {RangeError} why it cannot be used.
 */
export function parseVerificationKey(jwk: Jwk, options: VerificationKeyOptions): VerificationKey {
  assertIsForVerifying(jwk);
  const id = jwk['kid'];
  if (id !== undefined && typeof id !== 'string') throw new RangeError('its kid is not a string');
  const { key, algorithms } = parseMaterial(jwk, options);
  return { id, key, algorithms: narrow(algorithms, jwk['alg']) };
}

/** RFC 7517 §4.2 and §4.3: a key that is for something else is not for this. */
function assertIsForVerifying({ use, key_ops: operations }: Jwk): void {
  if (use !== undefined && use !== 'sig') throw new RangeError(`its use is ${JSON.stringify(use)}, not "sig"`);
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes('verify')) throw new RangeError('its key_ops do not have "verify"');
}

function narrow(algorithms: readonly JwtAlgorithm[], own: unknown): readonly JwtAlgorithm[] {
  if (own === undefined) return algorithms;
  const algorithm = algorithms.find(each => each === own);
  if (algorithm !== undefined) return [algorithm];
  const isKnown = JWT_ALGORITHMS.some(each => each === own);
  throw new RangeError(
    `its alg ${JSON.stringify(own)} is ${isKnown ? 'not for a key of its type or size' : 'no known signature'}`,
  );
}

function parseMaterial(jwk: Jwk, { allowsSecrets }: VerificationKeyOptions): Material {
  if (jwk['kty'] === 'oct') {
    if (!allowsSecrets) throw new RangeError('it is a secret (kty "oct"), which a key set that is fetched cannot have');
    return secretMaterial(jwk);
  }
  // Whoever publishes it, or writes it into a policy, has lost it.
  if (jwk['d'] !== undefined) throw new RangeError('it is a private key; write its public half');
  switch (jwk['kty']) {
    case 'RSA':
      return rsaMaterial(jwk);
    case 'EC':
      return curveMaterial(jwk, CURVE_ALGORITHMS.get(jwk['crv']));
    case 'OKP':
      return curveMaterial(jwk, jwk['crv'] === 'Ed25519' || jwk['crv'] === 'Ed448' ? 'EdDSA' : undefined);
    default:
      throw new RangeError(`its kty ${JSON.stringify(jwk['kty'])} is not RSA, EC, OKP or oct`);
  }
}

function secretMaterial({ k }: Jwk): Material {
  const bytes = typeof k === 'string' ? Buffer.from(k, 'base64url') : Buffer.alloc(0);
  if (bytes.toString('base64url') !== k) throw new RangeError('its k is not base64url');
  const algorithms = SECRET_ALGORITHMS.filter(({ minBytes }) => bytes.length >= minBytes).map(({ algorithm }) => algorithm);
  if (algorithms.length === 0) throw new RangeError(`its secret has ${bytes.length} bytes; at least 32 are needed, for HS256`);
  return { key: createSecretKey(bytes), algorithms };
}

function rsaMaterial({ n, e }: Jwk): Material {
  const key = publicKey({ kty: 'RSA', n, e });
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < MIN_RSA_BITS) throw new RangeError(`it has ${bits} bits; RSA keys of fewer than ${MIN_RSA_BITS} can be broken`);
  if (bits > MAX_RSA_BITS) throw new RangeError(`it has ${bits} bits; at most ${MAX_RSA_BITS} are taken`);
  // With an exponent of 1 anything is its own signature.
  if (exponent < 3n || exponent % 2n === 0n || exponent > MAX_RSA_EXPONENT) throw new RangeError('its exponent is no sound one');
  return { key, algorithms: RSA_ALGORITHMS };
}

function curveMaterial({ kty, crv, x, y }: Jwk, algorithm: JwtAlgorithm | undefined): Material {
  if (algorithm === undefined) {
    throw new RangeError(`its crv ${JSON.stringify(crv)} is not P-256, P-384, P-521, Ed25519 or Ed448`);
  }
  return { key: publicKey(kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }), algorithms: [algorithm] };
}

/** Node and OpenSSL check the members, and that a point is on its curve. */
function publicKey(jwk: Jwk): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: jwk });
  } catch (cause) {
    throw new RangeError('its numbers make no key', { cause });
  }
}
