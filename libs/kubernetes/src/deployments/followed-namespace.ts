// SPDX-License-Identifier: Apache-2.0
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';
import { Reflector } from '../watch/reflector.ts';
import type { ReflectorPorts } from '../watch/reflector.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../write/builtin-resources.ts';
import { deploymentFacts, seenDeployment, seenReplicaSet } from './deployment-facts.ts';
import type { DeploymentFacts, SeenDeployment, SeenReplicaSet } from './deployment-facts.ts';

export interface FollowedNamespaceOptions extends ReflectorPorts {
  readonly onNote: (text: string) => void;
}

/** The Deployments of a namespace and their ReplicaSets, followed; of each there is kept what is read. */
export class FollowedNamespace {
  private readonly options: FollowedNamespaceOptions;
  private readonly namespace: string;
  private readonly deployments = new Map<string, SeenDeployment>();
  private readonly replicaSets = new Map<string, SeenReplicaSet>();
  private readonly reflectors: readonly Reflector[];
  /** Kinds that were not listed yet. */
  private readonly awaited = new Set([DEPLOYMENTS.kind, REPLICA_SETS.kind]);

  constructor(namespace: string, options: FollowedNamespaceOptions) {
    this.namespace = namespace;
    this.options = options;
    this.reflectors = [
      this.follow(DEPLOYMENTS, this.deployments, seenDeployment),
      this.follow(REPLICA_SETS, this.replicaSets, seenReplicaSet),
    ];
    for (const reflector of this.reflectors) void reflector.run();
  }

  /** Undefined = not known yet; missing = there is no such Deployment. */
  factsOf(name: string): DeploymentFacts | 'missing' | undefined {
    if (this.awaited.size > 0) return undefined;
    const seen = this.deployments.get(name);
    return seen === undefined ? 'missing' : deploymentFacts(seen, this.replicaSets.values());
  }

  stop(): void {
    for (const reflector of this.reflectors) reflector.stop();
  }

  private follow<Seen>(
    resource: ApiResource,
    seen: Map<string, Seen>,
    read: (object: ClusterObject) => Seen | undefined,
  ): Reflector {
    const { options, namespace, awaited } = this;
    const subject = `${resource.plural} of namespace ${namespace}`;
    const put = (object: ClusterObject): void => {
      const found = read(object);
      if (found === undefined) seen.delete(object.metadata.name);
      else seen.set(object.metadata.name, found);
    };
    return new Reflector({ ...resource, namespace }, options, {
      onListed: objects => {
        seen.clear();
        for (const object of objects) put(object);
        awaited.delete(resource.kind);
      },
      onChanged: put,
      onRemoved: ({ metadata }) => void seen.delete(metadata.name),
      onBookmark: () => undefined,
      onTrouble: reason => options.onNote(`${subject} cannot be followed, and are tried again: ${reason}`),
      onRecovered: () => options.onNote(`${subject} are followed again`),
    });
  }
}
