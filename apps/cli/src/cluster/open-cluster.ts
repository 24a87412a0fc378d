// SPDX-License-Identifier: Apache-2.0
import type { ClusterClient } from '@weir/kubernetes';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** The cluster that the kubeconfig leads to. Throws CommandFailure where none does. */
export async function openCluster(): Promise<ClusterClient> {
  // It brings libraries that no command outside of clusters needs.
  const { ClusterClient: Client, NoClusterError } = await import('@weir/kubernetes');
  try {
    return Client.open();
  } catch (cause) {
    if (cause instanceof NoClusterError) throw new CommandFailure(EXIT.usage, cause.message, { cause });
    throw cause;
  }
}
