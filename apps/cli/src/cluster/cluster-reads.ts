// SPDX-License-Identifier: Apache-2.0
import type { ClusterClient } from '@weir/kubernetes';

/** What commands ask of a cluster; `ClusterClient` does it. */
export type ClusterReads = Pick<ClusterClient, 'forward' | 'mayI' | 'ownToken' | 'read' | 'send' | 'wallMs'>;
