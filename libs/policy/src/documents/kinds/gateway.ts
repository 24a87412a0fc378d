// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, hostname, kindName, objectName, portNumber, referencedName } from './fields.ts';
import { infrastructureAnnotations, infrastructureLabels } from './gateway-infrastructure.ts';
import { gatewayTls, listenerTls } from './gateway-tls.ts';
import { labelSelector } from './label-selector.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { says, strictObject } from './strict-object.ts';

const PROTOCOL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9][-a-z0-9.]*\/[A-Za-z0-9]+$/;
const ADDRESS_TYPE = /^(?:Hostname|IPAddress|NamedAddress|[a-z0-9][-a-z0-9.]*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+)$/;
const ADDRESS_HOSTNAME = /^(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

const PLAIN_PROTOCOLS: ReadonlySet<string> = new Set(['HTTP', 'TCP', 'UDP']);
const HOSTLESS_PROTOCOLS: ReadonlySet<string> = new Set(['TCP', 'UDP']);

const allowedRoutes = strictObject({
  namespaces: strictObject({
    from: z.enum(['All', 'Selector', 'Same']).default('Same'),
    selector: labelSelector.optional(),
  }).default({ from: 'Same' }),
  kinds: z
    .array(strictObject({ group: groupName.default('gateway.networking.k8s.io'), kind: kindName }))
    .max(8)
    .optional(),
});

const listener = strictObject({
  name: objectName,
  hostname: hostname.optional(),
  port: portNumber,
  protocol: z.string().min(1).max(255).regex(PROTOCOL, says('is no protocol', 'write HTTP, HTTPS, TLS, TCP or UDP')),
  tls: listenerTls.optional(),
  allowedRoutes: allowedRoutes.default({ namespaces: { from: 'Same' } }),
}).check(context => {
  const { protocol, tls, hostname: host } = context.value;
  if (PLAIN_PROTOCOLS.has(protocol) && tls !== undefined) {
    addProblem(context, ['tls'], `is written, and protocol ${protocol} has no TLS\nwrite protocol: HTTPS, or leave tls out`);
  }
  if (protocol === 'HTTPS' && tls?.mode === 'Passthrough') {
    addProblem(context, ['tls', 'mode'], 'is `Passthrough`, and HTTPS terminates TLS\nwrite mode: Terminate, or protocol: TLS');
  }
  if (protocol === 'TLS' && tls === undefined) {
    addProblem(context, ['tls'], 'is missing, and protocol TLS needs it\nwrite tls with its mode');
  }
  if (HOSTLESS_PROTOCOLS.has(protocol) && host !== undefined) {
    addProblem(context, ['hostname'], `is written, and protocol ${protocol} has no hostnames\nleave it out`);
  }
});

const address = strictObject({
  type: z
    .string()
    .min(1)
    .max(253)
    .regex(ADDRESS_TYPE, says('is no type of address', 'write IPAddress or Hostname'))
    .default('IPAddress'),
  value: z.string().max(253).optional(),
}).check(context => {
  const { type, value = '' } = context.value;
  if (type !== 'Hostname' || value === '' || ADDRESS_HOSTNAME.test(value)) return;
  addProblem(context, ['value'], `is \`${value}\`, which is no hostname\nwrite one such as shop.example`);
});

/** Listeners of a Gateway or a ListenerSet. */
export const listeners = z
  .array(listener)
  .min(1)
  .max(64)
  .check(
    uniqueBy('the name', ({ name }) => name, ['name']),
    uniqueBy('port, protocol and hostname', ({ port, protocol, hostname: host }) =>
      [port, protocol, host ?? 'any host'].join(' '),
    ),
  );

/** gateway.networking.k8s.io/v1 Gateway. */
export const gatewayBody = {
  spec: strictObject({
    gatewayClassName: referencedName,
    listeners,
    addresses: z.array(address).max(16).check(uniqueBy('the address', addressKey)).optional(),
    infrastructure: strictObject({
      labels: infrastructureLabels.optional(),
      annotations: infrastructureAnnotations.optional(),
      parametersRef: strictObject({ group: groupName, kind: kindName, name: referencedName }).optional(),
    }).optional(),
    allowedListeners: strictObject({
      namespaces: strictObject({
        from: z.enum(['All', 'Selector', 'Same', 'None']).default('None'),
        selector: labelSelector.optional(),
      }).default({ from: 'None' }),
    }).optional(),
    defaultScope: z.enum(['All', 'None']).optional(),
    tls: gatewayTls.optional(),
  }),
};

/** Undefined where an address may be written several times: one without a value asks for any. */
function addressKey({ type, value }: z.output<typeof address>): string | undefined {
  return value === undefined || (type !== 'IPAddress' && type !== 'Hostname') ? undefined : `${type} ${value}`;
}
