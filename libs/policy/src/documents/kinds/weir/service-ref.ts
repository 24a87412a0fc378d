// SPDX-License-Identifier: Apache-2.0
import { inCel, withApiForm } from '../api-form.ts';
import { backendObjectRefShape, requirePort } from '../backend-object-ref.ts';
import { strictObject } from '../strict-object.ts';

const { group, kind, name, namespace, port } = backendObjectRefShape;

const NEEDS_PORT = inCel({
  rule: "self.group != '' || self.kind != 'Service' || has(self.port)",
  message: 'a reference to a Service needs its port',
});

/** A port of a Service, as BackendObjectReference of Gateway API has it. */
export const serviceRef = strictObject({
  group: group.describe('"", the core group.'),
  kind: kind.describe('Service; Weir asks nothing else.'),
  name: name.describe('Name of the Service.'),
  namespace: namespace.describe(
    "Namespace of the Service; the policy's own where it is not written. Another one has to permit it by a ReferenceGrant.",
  ),
  port: port.describe('One of the ports of the Service.'),
}).check(withApiForm(NEEDS_PORT, context => requirePort(context)));
