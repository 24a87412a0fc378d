// SPDX-License-Identifier: Apache-2.0
import type { Port, ResourceName } from '@weir/policy/snapshot';
import { ListenError, listenErrorFrom } from '@weir/proxy';
import type { OpenPort, PortAddress } from '@weir/proxy';

/** What the set needs of the process: sockets, and the workers that accept on them. */
export interface PortSetParts {
  /** Throws ListenError. */
  open(at: PortAddress): Promise<OpenPort>;
  listen(name: ResourceName, port: OpenPort): Promise<void>;
  unlisten(name: ResourceName, patienceMs: number): Promise<void>;
  onOpened(port: Port): void;
  onFailed(port: Port, error: ListenError): void;
  onClosed(port: Port): void;
}

/** A port of the configuration and whether it is listened on. */
export interface PortState {
  readonly port: Port;
  /** Undefined = it is listened on. */
  readonly failure: ListenError | undefined;
}

interface Entry {
  port: Port;
  opened: OpenPort | undefined;
  failure: ListenError | undefined;
}

/** How long connections may keep arriving at a port that is gone from the configuration. */
const CLOSE_PATIENCE_MS = 5_000;

/** The ports of the configuration, opened and closed as it changes. One that cannot be opened is tried again and hurts no other. */
export class PortSet {
  private readonly parts: PortSetParts;
  private readonly entries = new Map<ResourceName, Entry>();
  /** One change at a time: a port may have to be closed before another one of its address can be opened. */
  private work: Promise<void> = Promise.resolve();

  constructor(parts: PortSetParts) {
    this.parts = parts;
  }

  /** In the order of port numbers. */
  get states(): readonly PortState[] {
    const states = [...this.entries.values()].map(({ port, failure }) => ({ port, failure }));
    return states.sort((left, right) => left.port.port - right.port.port || left.port.address.localeCompare(right.port.address));
  }

  get hasFailures(): boolean {
    return [...this.entries.values()].some(({ failure }) => failure !== undefined);
  }

  /** Closes what is no longer wanted and opens what is; resolves when done. Failures are told to `onFailed` and kept in `states`. */
  sync(wanted: readonly Port[]): Promise<void> {
    return this.enqueue(async () => {
      const names = new Set(wanted.map(({ name }) => name));
      const gone = [...this.entries.values()].filter(({ port }) => !names.has(port.name));
      await Promise.all(gone.map(entry => this.close(entry, CLOSE_PATIENCE_MS)));
      for (const port of wanted) {
        const entry = this.entries.get(port.name) ?? { port, opened: undefined, failure: undefined };
        entry.port = port;
        this.entries.set(port.name, entry);
      }
      await this.openMissing();
    });
  }

  /** Tries the failed ones again: their address may have become free. */
  retry(): Promise<void> {
    return this.enqueue(() => this.openMissing());
  }

  /** Lets go of all sockets, so that the workers decide when each one ends. */
  closeSockets(): void {
    for (const { opened } of this.entries.values()) opened?.closeSockets();
  }

  /** Gives the leases back; for the end of the process. */
  async release(): Promise<void> {
    await Promise.all([...this.entries.values()].map(({ opened }) => opened?.close() ?? Promise.resolve()));
  }

  private enqueue(action: () => Promise<void>): Promise<void> {
    this.work = this.work.then(action);
    return this.work;
  }

  private async openMissing(): Promise<void> {
    await Promise.all([...this.entries.values()].filter(({ opened }) => opened === undefined).map(entry => this.open(entry)));
  }

  private async open(entry: Entry): Promise<void> {
    const { port } = entry;
    const at = addressOf(port);
    try {
      const opened = await this.parts.open(at);
      try {
        await this.parts.listen(port.name, opened);
      } catch (error) {
        await opened.close();
        throw error;
      }
      entry.opened = opened;
      entry.failure = undefined;
      this.parts.onOpened(port);
    } catch (error) {
      const failure = error instanceof ListenError ? error : await listenErrorFrom(error, at);
      const isNews = entry.failure?.message !== failure.message;
      entry.failure = failure;
      if (isNews) this.parts.onFailed(port, failure);
    }
  }

  private async close(entry: Entry, patienceMs: number): Promise<void> {
    const { opened, port } = entry;
    this.entries.delete(port.name);
    if (opened === undefined) return;
    opened.closeSockets();
    await this.parts.unlisten(port.name, patienceMs);
    await opened.close();
    this.parts.onClosed(port);
  }
}

function addressOf({ address, port, protocol }: Port): PortAddress {
  return protocol === 'UDP' ? { address, port, transport: 'udp' } : { address, port };
}
