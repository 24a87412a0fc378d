// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, hostname, kindName, objectName, preciseHostname, referencedName } from './fields.ts';
import { addProblem, atMostKeys } from './list-rules.ts';
import { says, strictObject } from './strict-object.ts';

const ABSOLUTE_URI = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[!-~]+$/;
const WELL_KNOWN =
  /^(?:System|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])$/;

const targetRef = strictObject({ group: groupName, kind: kindName, name: referencedName, sectionName: objectName.optional() });

const subjectAltName = strictObject({
  type: z.enum(['Hostname', 'URI']),
  hostname: hostname.optional(),
  uri: z
    .string()
    .min(1)
    .max(253)
    .regex(ABSOLUTE_URI, says('is no absolute URI', 'write one such as spiffe://cluster/ns/shop'))
    .optional(),
}).check(context => {
  const { type, hostname: host, uri } = context.value;
  const [needed, other] = type === 'Hostname' ? (['hostname', 'uri'] as const) : (['uri', 'hostname'] as const);
  const written = { hostname: host, uri };
  if (written[needed] === undefined) addProblem(context, [needed], `is missing, and type ${type} needs it\nwrite ${needed}`);
  if (written[other] !== undefined) addProblem(context, [other], `is written, and type is ${type}\nleave it out`);
});

const validation = strictObject({
  caCertificateRefs: z
    .array(strictObject({ group: groupName, kind: kindName, name: referencedName }))
    .max(8)
    .optional(),
  wellKnownCACertificates: z
    .string()
    .min(1)
    .max(253)
    .regex(WELL_KNOWN, says('is no set of authorities', 'write System'))
    .optional(),
  hostname: preciseHostname,
  subjectAltNames: z.array(subjectAltName).max(5).optional(),
}).check(context => {
  const { caCertificateRefs = [], wellKnownCACertificates } = context.value;
  const isNamed = caCertificateRefs.length > 0;
  if (isNamed && wellKnownCACertificates !== undefined) {
    addProblem(context, ['wellKnownCACertificates'], 'is written beside caCertificateRefs\nleave one of the two out');
  }
  if (!isNamed && wellKnownCACertificates === undefined) {
    const message = 'is missing, and nothing else says whom to trust\nname a ConfigMap, or write wellKnownCACertificates: System';
    addProblem(context, ['caCertificateRefs'], message);
  }
});

/** gateway.networking.k8s.io/v1 BackendTLSPolicy. */
export const backendTlsPolicyBody = {
  spec: strictObject({
    targetRefs: z.array(targetRef).min(1).max(16).check(distinctTargets),
    validation,
    options: z.record(z.string(), z.string().max(4096)).check(atMostKeys(16)).optional(),
  }),
};

type TargetRefs = z.output<typeof targetRef>[];

/** Of `targetRefs`, whatever they are, those that can be read; an object as a whole, where only more that is said of it cannot be. */
export function readableServices(value: unknown): Readonly<TargetRefs> {
  const written: readonly unknown[] = Array.isArray(value) ? value : [];
  const named = z.object({ group: groupName, kind: kindName, name: referencedName });
  return written.flatMap(ref => targetRef.safeParse(ref).data ?? named.safeParse(ref).data ?? []);
}

/** Several references to one object need sections, each its own. */
function distinctTargets(context: z.core.ParsePayload<TargetRefs>): void {
  const sections = new Map<string, Set<string | undefined>>();
  for (const [index, { group, kind, name, sectionName }] of context.value.entries()) {
    const known = sections.get(`${group}/${kind}/${name}`) ?? new Set();
    const isWhole = sectionName === undefined || known.has(undefined);
    if (known.has(sectionName) || (known.size > 0 && isWhole)) {
      const message = `names ${kind} \`${name}\` again\nwrite another sectionName in each of them, or leave one out`;
      addProblem(context, [index], message);
    }
    sections.set(`${group}/${kind}/${name}`, known.add(sectionName));
  }
}
