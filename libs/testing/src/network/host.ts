// SPDX-License-Identifier: Apache-2.0
import { Child } from '../process/child.ts';
import type { ChildOptions } from '../process/child.ts';
import type { CommandResult } from './run-command.ts';

export interface HostInit {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly address6: string;
}

export interface RunOptions extends ChildOptions {
  /** User and group to run as; it may read all files all the same, as a checkout may be readable for its owner only. Absent = root. */
  readonly userId?: number;
}

/** A machine of the network: what runs on it sees its own interfaces, addresses, ports and rules only. */
export class Host {
  readonly name: string;
  /** As `ip netns` knows it. */
  readonly namespace: string;
  readonly address: string;
  /** Of IPv6. */
  readonly address6: string;
  private readonly children: Child[] = [];

  constructor({ name, namespace, address, address6 }: HostInit) {
    this.name = name;
    this.namespace = namespace;
    this.address = address;
    this.address6 = address6;
  }

  /** Starts a program on the host; it is ended with the network at the latest. */
  run(command: readonly [string, ...string[]], { userId, ...options }: RunOptions = {}): Child {
    const child = new Child(['ip', 'netns', 'exec', this.namespace, ...asUser(userId), ...command], options);
    this.children.push(child);
    return child;
  }

  /** Runs a program on the host to its end. */
  async exec(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<CommandResult> {
    await using child = this.run(command, options);
    const { code } = await child.exited;
    return { code, stdout: child.stdout, stderr: child.stderr };
  }

  /** Ends what was started here, and waits for its end. */
  async stop(): Promise<void> {
    for (const child of this.children.splice(0)) await child[Symbol.asyncDispose]();
  }
}

function asUser(userId: number | undefined): readonly string[] {
  if (userId === undefined) return [];
  const capability = '+dac_read_search';
  const user = [`--reuid=${userId}`, `--regid=${userId}`, '--clear-groups'];
  return ['setpriv', ...user, `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
}
