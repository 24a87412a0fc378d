// SPDX-License-Identifier: Apache-2.0
import type { SecretStore } from '@weir/identity';

/**
 * A JSON text in a store that is written as a whole. Whatever changes while one write is under way goes out with the next one, so that a
 * thousand proxies that renew together cost a few writes.
 */
export class JsonRecord {
  private readonly secrets: SecretStore;
  private readonly name: string;
  private readonly render: () => unknown;
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** `render` gives what is to be written at the moment when it is. */
  constructor(secrets: SecretStore, name: string, render: () => unknown) {
    this.secrets = secrets;
    this.name = name;
    this.render = render;
  }

  /** Resolves when everything that is so now is stored; rejects where that fails. */
  save(): Promise<void> {
    this.next ??= this.running.then(
      () => this.write(),
      () => this.write(),
    );
    return this.next;
  }

  private async write(): Promise<void> {
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) this.running = next;
    await this.secrets.write(this.name, `${JSON.stringify(this.render())}\n`);
  }
}
