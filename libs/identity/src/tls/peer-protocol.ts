// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:crypto';
import { PEER_GROUPS } from './groups.ts';

/** How TLS between peers is spoken, on both sides. Without tickets: a resumed session would outlive the leaf that it was made with. */
export const PEER_PROTOCOL = {
  minVersion: 'TLSv1.3',
  ecdhCurve: PEER_GROUPS,
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;
