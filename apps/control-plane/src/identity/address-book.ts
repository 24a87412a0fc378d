// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { IdentityError } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { parseJson } from '../state/parse-json.ts';
import { JsonRecord } from '../state/json-record.ts';

const FILE = 'addresses.json';
const FORM = z.record(z.string(), z.array(z.string()));

/** Which addresses each identity (`NAMESPACE/NAME`) has proved that it may register, by its join tokens. It outlives the process. */
export class AddressBook {
  private readonly byIdentity: Map<string, Set<string>>;
  private readonly record: JsonRecord;

  /** `openAddressBook` makes it. */
  constructor(secrets: SecretStore, stored: Readonly<Record<string, readonly string[]>>) {
    this.byIdentity = new Map(Object.entries(stored).map(([identity, addresses]) => [identity, new Set(addresses)]));
    this.record = new JsonRecord(secrets, FILE, () => this.content());
  }

  mayRegister(identity: string, address: string): boolean {
    return this.byIdentity.get(identity)?.has(address) === true;
  }

  addressesOf(identity: string): readonly string[] {
    return [...(this.byIdentity.get(identity) ?? [])];
  }

  /** Resolves when it is stored. */
  async add(identity: string, addresses: readonly string[]): Promise<void> {
    const known = this.byIdentity.get(identity) ?? new Set();
    this.byIdentity.set(identity, known);
    for (const address of addresses) known.add(address);
    await this.record.save();
  }

  private content(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.byIdentity].map(([identity, addresses]) => [identity, [...addresses]]));
  }
}

/** Throws IdentityError where what is stored cannot be read. */
export async function openAddressBook(secrets: SecretStore): Promise<AddressBook> {
  const text = await secrets.read(FILE);
  const found = FORM.safeParse(text === undefined ? {} : parseJson(text));
  if (found.success) return new AddressBook(secrets, found.data);
  throw new IdentityError('damaged-storage', {
    message: `${FILE} does not hold what was written`,
    hint: 'restore it from a backup; without it, workloads that joined join again',
  });
}
