// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import { parsePrivateKey } from '../certificate/pem.ts';
import { inOneStep } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { createSerialNumber, makeRoot, makeServerLeaf } from './make-certificate.ts';
import { exportKey, generateKeys, validityFrom } from './make-generation.ts';
import { formatServerRoots, parseServerRoots } from './server-roots.ts';
import type { ServerRoot } from './server-roots.ts';
import { createSigningKey, P256 } from './signing-key.ts';

export interface ServerAuthorityOptions {
  /** Where its keys are; several processes may share it. */
  readonly secrets: SecretStore;
  /** Name of what it keeps there. */
  readonly file: string;
  readonly commonName: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** A certificate for a server, and its key. */
export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Root that it is of. */
  readonly rootPem: string;
  /** Half of its life, in milliseconds since the Unix epoch. */
  readonly renewAtMs: number;
}

const DAY_MS = 86_400_000;
const ROOT_LIFETIME_MS = 3650 * DAY_MS;
const LEAF_LIFETIME_MS = 90 * DAY_MS;
/** So long a new root is in the bundle before it issues: who asks has to have learnt of it. */
const NOTICE_MS = DAY_MS;

/**
 * An authority for servers that are asked from outside the mesh, such as webhooks: nothing that it signs is anybody in the mesh. A root is
 * followed by another at half of its life, and both are in the bundle.
 */
export class ServerAuthority {
  private readonly options: ServerAuthorityOptions;
  private roots: readonly ServerRoot[] = [];

  /** `openServerAuthority` makes it. */
  constructor(options: ServerAuthorityOptions) {
    this.options = options;
  }

  /** Takes what is stored, which another process may have written, and makes a root where one is due. */
  async follow(): Promise<void> {
    this.roots = await inOneStep(this.options.secrets, async draft => {
      const stored = await this.read(draft);
      if (stored.some(root => !this.isHalfOver(root))) return stored;
      const roots = [...stored, await this.makeRoot()];
      await draft.write(this.options.file, formatServerRoots(roots));
      return roots;
    });
  }

  /** Roots to believe, in PEM form. */
  bundlePem(): string {
    return this.roots.map(({ certificatePem }) => certificatePem).join('');
  }

  /** Root that now issues: the newest that others have had the time to learn of. */
  issuingRoot(): ServerRoot {
    const known = this.roots.findLast(({ madeMs }) => madeMs + NOTICE_MS <= this.options.clock.wallMs());
    return known ?? this.roots[0]!;
  }

  /** `names`: of DNS, and IP addresses. */
  async issue(names: readonly string[]): Promise<ServerCertificate> {
    const { clock, random } = this.options;
    const root = this.issuingRoot();
    const keys = await generateKeys();
    const nowMs = clock.wallMs();
    const signingKey = createSigningKey(parsePrivateKey(root.keyPem, this.options.file));
    const plan = { publicKey: keys.publicKey, serialNumber: createSerialNumber(random), names };
    const certificatePem = await makeServerLeaf(
      { ...plan, ...validityFrom(nowMs, LEAF_LIFETIME_MS) },
      { certificatePem: root.certificatePem, signingKey },
    );
    const keyPem = await exportKey(keys.privateKey);
    return { certificatePem, keyPem, rootPem: root.certificatePem, renewAtMs: nowMs + LEAF_LIFETIME_MS / 2 };
  }

  private async read(secrets: SecretStore): Promise<readonly ServerRoot[]> {
    const text = await secrets.read(this.options.file);
    const roots = text === undefined ? [] : parseServerRoots(text, this.options.file);
    return roots.filter(({ notAfterMs }) => notAfterMs > this.options.clock.wallMs());
  }

  private isHalfOver({ madeMs, notAfterMs }: ServerRoot): boolean {
    return this.options.clock.wallMs() >= (madeMs + notAfterMs) / 2;
  }

  private async makeRoot(): Promise<ServerRoot> {
    const { clock, random, commonName } = this.options;
    const keys = await generateKeys();
    const madeMs = clock.wallMs();
    const plan = { commonName, authoritiesBelow: 0, publicKey: keys.publicKey, serialNumber: createSerialNumber(random) };
    const signingKey = { key: keys.privateKey, algorithm: P256 };
    const certificatePem = await makeRoot({ ...plan, ...validityFrom(madeMs, ROOT_LIFETIME_MS) }, signingKey);
    return { certificatePem, keyPem: await exportKey(keys.privateKey), madeMs, notAfterMs: madeMs + ROOT_LIFETIME_MS };
  }
}

/** Opens the one that is stored, or makes it. */
export async function openServerAuthority(options: ServerAuthorityOptions): Promise<ServerAuthority> {
  const authority = new ServerAuthority(options);
  await authority.follow();
  return authority;
}
