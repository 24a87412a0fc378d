// SPDX-License-Identifier: Apache-2.0
import type { ListenerSetDocument } from '../inventory/document-of.ts';

const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** The Gateway that a set asks to join; undefined where it names something else. */
export function parentOfSet({ namespace, spec }: ListenerSetDocument): { namespace: string; name: string } | undefined {
  const { group, kind, name, namespace: home = namespace } = spec.parentRef;
  return group === GATEWAY_API_GROUP && kind === 'Gateway' ? { namespace: home, name } : undefined;
}
