// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { openCluster } from '../cluster/open-cluster.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { ReadSnapshot } from './read-snapshot.ts';

/** As the control plane takes it of the pods that Gateways have to themselves. */
const ANY_ADDRESS = '::';

/**
 * Reads and compiles the objects of the cluster that the kubeconfig leads to, once, with the rights of its user. Throws CommandFailure where one of
 * the kinds may not be read: half of a policy must not pass for the whole.
 */
export async function readClusterSnapshot(): Promise<ReadSnapshot> {
  using cluster = await openCluster();
  const { openClusterSource } = await import('@weir/kubernetes');
  const trouble = Promise.withResolvers<never>();
  const source = await Promise.race([
    trouble.promise,
    openClusterSource({
      ...{ clock: systemClock, random: createSystemRandom(), reader: cluster.connection, onChange: () => undefined },
      onNote: text => trouble.reject(new CommandFailure(EXIT.refused, text)),
    }),
  ]);
  const { documents, problems, ignoredCount } = source.content;
  await source.close();
  const compiler = createCompiler({ clock: systemClock, defaultAddresses: [ANY_ADDRESS], hasOwnProxies: true });
  const compilation = compiler.update(documents);
  return {
    ...{ documents, ignoredCount, snapshot: compilation.snapshot, objectCount: documents.size },
    problems: [...problems, ...compilation.problems],
  };
}
