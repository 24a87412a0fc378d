// SPDX-License-Identifier: Apache-2.0
import { ignored } from './strict-object.ts';

/** v1 Namespace: only its labels are read. */
export const namespaceBody = { spec: ignored };
