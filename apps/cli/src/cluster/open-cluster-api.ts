// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { ApiError, ForwardError } from '@weir/kubernetes';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { ApiAccess } from '../control-plane/api-access.ts';
import { apiTokenFor } from './api-token.ts';
import type { ApiRole } from './api-token.ts';
import type { ClusterReads } from './cluster-reads.ts';
import { readyControlPlanePods } from './control-plane-pods.ts';
import { readMeshRoots } from './mesh-roots.ts';

export interface ClusterPlace {
  /** Of the control plane. */
  readonly namespace: string;
  readonly role: ApiRole;
}

const API_PORT = 15_011;

/** How each ready replica of the control plane is reached: by a forwarded port, as it proves itself. Throws CommandFailure. */
export async function findClusterApis(
  cluster: ClusterReads,
  { namespace, role }: ClusterPlace,
): Promise<readonly [ApiAccess, ...ApiAccess[]]> {
  const asked = [
    readyControlPlanePods(cluster, namespace),
    readMeshRoots(cluster, namespace),
    apiTokenFor(cluster, { namespace, role }),
  ] as const;
  // Of several that fail the first one is told, not the fastest: where there is no control plane, nobody says whom to believe either.
  await Promise.allSettled(asked);
  const [pods, mesh, token] = await told(Promise.all(asked));
  const [first, ...others] = pods.map(({ name: pod }): ApiAccess => ({
    ...{ mesh, token, name: `pod ${namespace}/${pod}` },
    // Of what listens in the Pod: the name is one that every API takes, and the certificate is looked at by its identity.
    url: `https://localhost:${API_PORT}`,
    connect: () => told(cluster.forward({ namespace, pod, port: API_PORT })),
  }));
  return [first!, ...others];
}

/** As a failure of the command, with what to do. */
export async function told<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (reason) {
    throw failureFrom(reason);
  }
}

function failureFrom(cause: unknown): unknown {
  if (cause instanceof CommandFailure) return cause;
  if (cause instanceof ForwardError) {
    const advice = cause.status === 403 ? ': you may not forward ports there; the ClusterRole weir-viewer gives the right' : '';
    return new CommandFailure(EXIT.unavailable, `the control plane is not reached: ${cause.message}${advice}`, { cause });
  }
  if (cause instanceof ApiError) {
    if (cause.status === 401) {
      return new CommandFailure(
        EXIT.refused,
        `${cause.message}: the cluster does not know you; renew the kubeconfig's credentials`,
        { cause },
      );
    }
    const exitCode = cause.status < 500 ? EXIT.refused : EXIT.unavailable;
    return new CommandFailure(exitCode, cause.message, { cause });
  }
  const words = reasonWords(cause);
  return new CommandFailure(EXIT.unavailable, `the cluster is not reached: ${words}`, { cause });
}
