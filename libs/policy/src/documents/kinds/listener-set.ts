// SPDX-License-Identifier: Apache-2.0
import { groupName, kindName, namespaceName, referencedName } from './fields.ts';
import { listeners } from './gateway.ts';
import { strictObject } from './strict-object.ts';

/** gateway.networking.k8s.io/v1 ListenerSet: its listeners have the fields of a Gateway's. */
export const listenerSetBody = {
  spec: strictObject({
    parentRef: strictObject({
      group: groupName.default('gateway.networking.k8s.io'),
      kind: kindName.default('Gateway'),
      name: referencedName,
      namespace: namespaceName.optional(),
    }),
    listeners,
  }),
};
