// SPDX-License-Identifier: Apache-2.0
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createMemorySecrets, openSecretDirectory } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { AcceptedFile } from '@weir/sync/client';
import type { Accepted } from '@weir/sync/client';

/** Where a gateway keeps what it needs to start without its control plane. */
export interface KeptPlaces {
  /** Undefined = nothing is kept. */
  readonly stateDirectory: string | undefined;
  /** For private keys; undefined = the state directory, where that is in memory. */
  readonly secretsDirectory: string | undefined;
}

export interface KeptState {
  /** For the leaf. */
  readonly secrets: SecretStore;
  readonly accepted: Pick<AcceptedFile, 'load' | 'save'> | undefined;
  /** Keys of listeners have no place: a restart without the control plane is one without them. */
  readonly lacksKeys: boolean;
}

/** Magic numbers of tmpfs and ramfs, statfs(2). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01_02_19_94, 0x85_84_58_f6]);

/** Opens these places, which nobody else may enter. Throws IdentityError where others may. */
export async function openKeptState({ stateDirectory, secretsDirectory }: KeptPlaces): Promise<KeptState> {
  const leafPlace = secretsDirectory ?? stateDirectory;
  const secrets = leafPlace === undefined ? createMemorySecrets() : await openSecretDirectory(join(leafPlace, 'identity'));
  if (stateDirectory === undefined) return { secrets, accepted: undefined, lacksKeys: false };
  await openSecretDirectory(stateDirectory);
  const keyPlace = secretsDirectory ?? ((await isInMemory(stateDirectory)) ? stateDirectory : undefined);
  if (keyPlace !== undefined) await openSecretDirectory(keyPlace);
  const files = {
    resources: new AcceptedFile(join(stateDirectory, 'accepted')),
    keys: keyPlace === undefined ? undefined : new AcceptedFile(join(keyPlace, 'certificates')),
  };
  return { secrets, accepted: new AcceptedFiles(files), lacksKeys: keyPlace === undefined };
}

export interface AcceptedParts {
  readonly resources: Pick<AcceptedFile, 'load' | 'save'>;
  /** Undefined = certificates are not kept. */
  readonly keys: Pick<AcceptedFile, 'load' | 'save'> | undefined;
}

/** What was accepted, in two files: certificates have private keys with them, which belong in memory. */
export class AcceptedFiles {
  private readonly parts: AcceptedParts;

  constructor(parts: AcceptedParts) {
    this.parts = parts;
  }

  /** Certificates that are not of the same revision as the rest are left out: listeners refuse until the control plane sends them. */
  async load(): Promise<Accepted | undefined> {
    const kept = await this.parts.resources.load();
    if (kept === undefined) return undefined;
    const keys = await this.parts.keys?.load();
    if (keys === undefined || !isDeepStrictEqual(keys.revision, kept.revision)) return kept;
    return { ...kept, resources: [...kept.resources, ...keys.resources] };
  }

  async save({ revision, roots, resources }: Accepted): Promise<void> {
    const isSecret = ({ kind }: Accepted['resources'][number]): boolean => kind === 'certificate';
    await this.parts.keys?.save({ revision, roots: [], resources: resources.filter(isSecret) });
    await this.parts.resources.save({ revision, roots, resources: resources.filter(one => !isSecret(one)) });
  }
}

async function isInMemory(path: string): Promise<boolean> {
  return process.platform === 'linux' && IN_MEMORY.has((await statfs(path)).type);
}
