// SPDX-License-Identifier: Apache-2.0
import type { DeploymentFacts } from './deployment-facts.ts';
import { FollowedNamespace } from './followed-namespace.ts';
import type { FollowedNamespaceOptions } from './followed-namespace.ts';

/** Deployments of those namespaces alone in which somebody asks for them. */
export class DeploymentBook {
  private readonly options: FollowedNamespaceOptions;
  private readonly followed = new Map<string, FollowedNamespace>();

  constructor(options: FollowedNamespaceOptions) {
    this.options = options;
  }

  /** These namespaces are followed from now on, and no others. */
  follow(namespaces: Iterable<string>): void {
    const wanted = new Set(namespaces);
    for (const [namespace, followed] of this.followed) {
      if (wanted.has(namespace)) continue;
      followed.stop();
      this.followed.delete(namespace);
    }
    for (const namespace of wanted) {
      if (!this.followed.has(namespace)) this.followed.set(namespace, new FollowedNamespace(namespace, this.options));
    }
  }

  /** Undefined = not known, as in a namespace that is not followed or was not read yet; missing = there is no such Deployment. */
  factsOf(namespace: string, deployment: string): DeploymentFacts | 'missing' | undefined {
    return this.followed.get(namespace)?.factsOf(deployment);
  }
}
