// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { IdentityError, inOneStep } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { parseJson } from '../state/parse-json.ts';
import { JsonRecord } from '../state/json-record.ts';

const FILE = 'addresses.json';
const FORM = z.record(z.string(), z.array(z.string()));

/** In a store that is shared: the keys of the mesh are there as well, and must not want for room. */
const MAX_SHARED_BYTES = 200_000;

type Addresses = Readonly<Record<string, readonly string[]>>;

/**
 * Which addresses each identity (`NAMESPACE/NAME`) has proved that it may register, by its join tokens. It outlives the process, and where the
 * store is shared, all processes have the same.
 */
export class AddressBook {
  private readonly byIdentity = new Map<string, Set<string>>();
  private readonly secrets: SecretStore;
  private readonly record: JsonRecord;

  /** `openAddressBook` makes it. */
  constructor(secrets: SecretStore) {
    this.secrets = secrets;
    this.record = new JsonRecord(secrets, FILE, () => this.content());
  }

  mayRegister(identity: string, address: string): boolean {
    return this.byIdentity.get(identity)?.has(address) === true;
  }

  addressesOf(identity: string): readonly string[] {
    return [...(this.byIdentity.get(identity) ?? [])];
  }

  /** Throws IdentityError where there is no room for these; whoever uses up a token for them asks before. */
  assertRoomFor(identity: string, addresses: readonly string[]): void {
    if (this.secrets.transact === undefined || addresses.every(address => this.mayRegister(identity, address))) return;
    const added = [...this.addressesOf(identity), ...addresses];
    if (Buffer.byteLength(render({ ...this.content(), [identity]: added })) <= MAX_SHARED_BYTES) return;
    throw new IdentityError('invalid-request', {
      message: `the addresses of ${this.byIdentity.size} workloads that have joined are kept, and there is no room for more`,
      hint: `take workloads that are no more out of ${FILE} in the Secret weir-state, and restart the control planes`,
    });
  }

  /** Resolves when it is stored. Rejects with IdentityError where there is no room; then nothing is. */
  async add(identity: string, addresses: readonly string[]): Promise<void> {
    this.assertRoomFor(identity, addresses);
    if (this.secrets.transact === undefined) {
      this.take({ [identity]: addresses });
      return this.record.save();
    }
    await inOneStep(this.secrets, async draft => {
      this.take(await readAddresses(draft));
      this.assertRoomFor(identity, addresses);
      this.take({ [identity]: addresses });
      await draft.write(FILE, render(this.content()));
    });
  }

  /** Takes what is stored, which another process may have written. Throws IdentityError where it cannot be read; then nothing changes. */
  async follow(): Promise<void> {
    this.take(await readAddresses(this.secrets));
  }

  private take(stored: Addresses): void {
    for (const [identity, addresses] of Object.entries(stored)) {
      this.byIdentity.set(identity, new Set([...this.addressesOf(identity), ...addresses]));
    }
  }

  private content(): Addresses {
    return Object.fromEntries([...this.byIdentity].map(([identity, addresses]) => [identity, [...addresses].sort()]));
  }
}

function render(addresses: Addresses): string {
  return `${JSON.stringify(addresses)}\n`;
}

/** Throws IdentityError where what is stored cannot be read. */
export async function openAddressBook(secrets: SecretStore): Promise<AddressBook> {
  const book = new AddressBook(secrets);
  await book.follow();
  return book;
}

async function readAddresses(secrets: SecretStore): Promise<Addresses> {
  const text = await secrets.read(FILE);
  const found = FORM.safeParse(text === undefined ? {} : parseJson(text));
  if (found.success) return found.data;
  throw new IdentityError('damaged-storage', {
    message: `${FILE} does not hold what was written`,
    hint: 'restore it from a backup; without it, workloads that joined join again',
  });
}
