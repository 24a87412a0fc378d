// SPDX-License-Identifier: Apache-2.0
import type { TestNamespace } from './test-namespace.ts';
import { kubectl } from './run-program.ts';
import { killerPod } from './workload.ts';

/** A container of a pod. */
export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Kills containers' processes as a crash does: nothing is told to end, which no pod can do to itself. */
export class NodeKiller {
  private readonly namespace: TestNamespace;
  private readonly pod: string;

  private constructor(namespace: TestNamespace, pod: string) {
    this.namespace = namespace;
    this.pod = pod;
  }

  /** One for the node of a pod. Its namespace has to take privileged pods. */
  static async start(namespace: TestNamespace, beside: Omit<ContainerPlace, 'container'>): Promise<NodeKiller> {
    const words = ['get', 'pod', beside.pod, '--namespace', beside.namespace, '--output', 'jsonpath={.spec.nodeName}'];
    const name = `killer-beside-${beside.pod}`;
    await namespace.apply(killerPod(name, await kubectl(words)));
    await namespace.hasCondition(`pod/${name}`, 'Ready');
    return new NodeKiller(namespace, name);
  }

  /** Resolves once none of its processes is left. */
  async kill(place: ContainerPlace): Promise<void> {
    const id = await containerId(place);
    await this.namespace.kubectl(['exec', this.pod, '--', 'node', '/programs/kill.mjs', id]);
  }

  /** Has a container stand still; it goes on when that is disposed of. */
  async freeze(place: ContainerPlace): Promise<AsyncDisposable> {
    const id = await containerId(place);
    const send = async (signal: 'SIGCONT' | 'SIGSTOP'): Promise<void> => {
      await this.namespace.kubectl(['exec', this.pod, '--', 'node', '/programs/signal.mjs', signal, id]);
    };
    await send('SIGSTOP');
    return { [Symbol.asyncDispose]: () => send('SIGCONT') };
  }
}

async function containerId({ namespace, pod, container }: ContainerPlace): Promise<string> {
  const ofName = `[?(@.name=="${container}")].containerID`;
  const path = `jsonpath={.status.containerStatuses${ofName}}{.status.initContainerStatuses${ofName}}`;
  const address = await kubectl(['get', 'pod', pod, '--namespace', namespace, '--output', path]);
  const [, id] = /^[a-z-]+:\/\/([0-9a-f]+)$/.exec(address) ?? [];
  if (id === undefined) throw new Error(`${namespace}/${pod} says of its container ${container}: ${address}`);
  return id;
}
