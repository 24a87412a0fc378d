// SPDX-License-Identifier: Apache-2.0
import { Host } from './host.ts';
import { addNamespace, deleteAbandonedNamespaces, deleteNamespace } from './namespace.ts';
import { Impairments } from './impairments.ts';
import type { Impairment } from './impairments.ts';
import { mustRun } from './run-command.ts';

export interface NetworkOptions<Name extends string> {
  /** Names of the machines, at most 200, each once. */
  readonly hosts: readonly Name[];
}

/**
 * Machines on one switch, each a network namespace with an address of either family, and root's rights on each. The switch is a
 * namespace as well, so that nothing of the machine that runs the test is touched.
 */
export interface Network<Name extends string> extends AsyncDisposable {
  readonly hosts: Readonly<Record<Name, Host>>;
  /** Slows what a host sends and what it is sent, or loses some of it; `{}` = neither. */
  netem(name: Name, impairment: Impairment): Promise<void>;
  /** No packet passes between two hosts, either way; both go on reaching the others. */
  partition(one: Name, other: Name): Promise<void>;
  /** Undoes the partition of two hosts; without names all of them. */
  heal(one?: Name, other?: Name): Promise<void>;
}

/** Documentation ranges (RFC 5737, RFC 3849): no address of the network could be meant to leave it. */
const PREFIX = { ipv4: '198.51.100', ipv6: '2001:db8:77:' };
let networkCount = 0;

/** Makes a network; what is left of it when its scope ends is ended and taken away, also where the test failed. */
export async function openNetwork<Name extends string>({ hosts: names }: NetworkOptions<Name>): Promise<Network<Name>> {
  await deleteAbandonedNamespaces();
  const prefix = `weir-${process.pid}-${networkCount++}`;
  const wire = `${prefix}-switch`;
  const made: string[] = [];
  const make = async (namespace: string): Promise<void> => {
    await addNamespace(namespace);
    made.push(namespace);
  };
  const all: Host[] = [];
  const close = async (): Promise<void> => {
    // What a program started may hold its output open: the namespace knows all of them.
    for (const namespace of made.splice(0)) await deleteNamespace(namespace);
    for (const host of all) await host.stop();
  };
  try {
    await make(wire);
    await mustRun(['ip', '-n', wire, 'link', 'add', BRIDGE, 'up', 'type', 'bridge']);
    for (const [i, name] of names.entries()) {
      const host = hostAt(i, name, `${prefix}-${name}`);
      await make(host.namespace);
      all.push(host);
      await connect(host, wire, portOf(i));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const impairments = new Impairments({ namespace: wire, bridge: BRIDGE });
  const portOfHost = (name: Name): string => portOf(names.indexOf(name));
  return {
    // Each of the names has its host.
    hosts: Object.fromEntries(all.map(host => [host.name, host])) as Record<Name, Host>,
    netem: (name, impairment) => impairments.set(portOfHost(name), impairment),
    partition: (one, other) => impairments.partition(portOfHost(one), portOfHost(other)),
    heal: (one, other) =>
      one === undefined || other === undefined ? impairments.healAll() : impairments.heal(portOfHost(one), portOfHost(other)),
    [Symbol.asyncDispose]: async () => {
      await impairments[Symbol.asyncDispose]();
      await close();
    },
  };
}

const BRIDGE = 'bridge';

/** Of the switch, to which the host at a place is connected. */
function portOf(index: number): string {
  return `port${index}`;
}

function hostAt(index: number, name: string, namespace: string): Host {
  const number = index + 10;
  return new Host({ name, namespace, address: `${PREFIX.ipv4}.${number}`, address6: `${PREFIX.ipv6}:${number}` });
}

async function connect({ namespace, address, address6 }: Host, wire: string, port: string): Promise<void> {
  await mustRun([
    'ip',
    '-n',
    wire,
    'link',
    'add',
    port,
    'master',
    BRIDGE,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespace,
  ]);
  await mustRun(['ip', '-n', wire, 'link', 'set', port, 'up']);
  await mustRun(['ip', '-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0']);
  // Nobody else has the address, and to make sure would take a second.
  await mustRun(['ip', '-n', namespace, 'address', 'add', `${address6}/64`, 'dev', 'eth0', 'nodad']);
  await mustRun(['ip', '-n', namespace, 'link', 'set', 'eth0', 'up']);
}
