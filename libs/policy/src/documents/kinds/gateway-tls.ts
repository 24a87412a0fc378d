// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, namespaceName, portNumber, referencedName } from './fields.ts';
import { addProblem, atMostKeys, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const secretRef = strictObject({
  group: groupName.default(''),
  kind: kindName.default('Secret'),
  name: referencedName,
  namespace: namespaceName.optional(),
});

const authorityRef = strictObject({
  group: groupName,
  kind: kindName,
  name: referencedName,
  namespace: namespaceName.optional(),
});

/** `tls` of a listener: GatewayTLSConfig. */
export const listenerTls = strictObject({
  mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
  certificateRefs: z.array(secretRef).max(64).optional(),
  options: z.record(z.string(), z.string().max(4096)).check(atMostKeys(16)).optional(),
}).check(context => {
  const { mode, certificateRefs = [], options = {} } = context.value;
  if (mode !== 'Terminate' || certificateRefs.length > 0 || Object.keys(options).length > 0) return;
  addProblem(context, ['certificateRefs'], 'is missing, and mode Terminate needs a certificate\nname the Secret that holds it');
});

/** FrontendTLSValidation (GEP-91). */
const frontendTls = strictObject({
  validation: strictObject({
    caCertificateRefs: z.array(authorityRef).min(1).max(16),
    mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).default('AllowValidOnly'),
  }).optional(),
});

/** `spec.tls` of a Gateway. */
export const gatewayTls = strictObject({
  backend: strictObject({ clientCertificateRef: secretRef.optional() }).optional(),
  frontend: strictObject({
    default: frontendTls,
    perPort: z
      .array(strictObject({ port: portNumber, tls: frontendTls }))
      .max(64)
      .check(uniqueBy('the port', ({ port }) => String(port), ['port']))
      .optional(),
  }).optional(),
});
