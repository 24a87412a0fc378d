// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { Document } from '../../documents/index.ts';
import type { ResourceName, WorkloadIdentity } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { Issue } from '../issue.ts';
import { IDENTITY_ANNOTATION, identityOf } from './workload-identity.ts';

/** On an EndpointSlice: where the application behind the sidecar listens, which the process that reads it then runs. */
export const APPLICATION_ANNOTATION = 'weir.dev/application';
/** On such an EndpointSlice: where the application calls Services. */
export const UPSTREAMS_ANNOTATION = 'weir.dev/upstreams';
/** On such an EndpointSlice: where the application finds an HTTP proxy for every Service. */
export const HTTP_PROXY_ANNOTATION = 'weir.dev/http-proxy';

/** An IP address and port. */
export interface RequestedPlace {
  readonly address: string;
  readonly port: number;
}

/** A sidecar that documents ask for. */
export interface RequestedSidecar {
  /** `namespace/name` of the EndpointSlice. */
  readonly key: string;
  readonly identity: WorkloadIdentity;
  readonly inbound: readonly { readonly listen: RequestedPlace; readonly application: RequestedPlace }[];
  readonly outbound: readonly { readonly listen: RequestedPlace; readonly service: ResourceName; readonly port: number }[];
  readonly proxy: RequestedPlace | undefined;
}

export interface SidecarRequest {
  /** Undefined = none is asked for, or what asks for it is wrong. */
  readonly sidecar: RequestedSidecar | undefined;
  readonly issues: readonly Issue[];
}

type Slice = DocumentOf<'EndpointSlice'>;

const NOTHING: SidecarRequest = Object.freeze({ sidecar: undefined, issues: Object.freeze([]) });
const HTTP_PORT = 80;
const MAX_PORT = 65_535;

/** The sidecar that a document asks for by annotations. What is wrong with one is an issue, and then there is no sidecar. */
export function requestedSidecar(document: Document): SidecarRequest {
  const slice = documentOf('EndpointSlice', document);
  if (slice === undefined) return NOTHING;
  const { annotations } = slice;
  const written = [APPLICATION_ANNOTATION, UPSTREAMS_ANNOTATION, HTTP_PROXY_ANNOTATION].filter(
    name => annotations[name] !== undefined,
  );
  const [first] = written;
  if (first === undefined) return NOTHING;
  const identity = identityOf(slice);
  if (identity === undefined) {
    return refused(slice, {
      annotation: first,
      message: `annotation ${first} asks for a sidecar, and nobody says who it is`,
      hint: `write annotation ${IDENTITY_ANNOTATION}: NAMESPACE/SERVICE-ACCOUNT as well`,
    });
  }
  // What is wrong with it is told where endpoints are resolved.
  if (typeof identity === 'object') return NOTHING;
  try {
    return { sidecar: sidecarFrom(slice, identity), issues: [] };
  } catch (reason) {
    if (reason instanceof UnreadableAnnotation) return refused(slice, reason);
    throw reason;
  }
}

/** Words about an annotation that cannot be read. */
class UnreadableAnnotation extends Error {
  override readonly name = 'UnreadableAnnotation';
  readonly annotation: string;
  readonly hint: string;

  constructor(annotation: string, message: string, hint: string) {
    super(`annotation ${annotation} ${message}`);
    this.annotation = annotation;
    this.hint = hint;
  }
}

function sidecarFrom(slice: Slice, identity: WorkloadIdentity): RequestedSidecar {
  const { annotations, namespace, name } = slice;
  const proxy = annotations[HTTP_PROXY_ANNOTATION];
  return {
    key: `${namespace}/${name}`,
    identity,
    inbound: inboundOf(slice),
    outbound: items(annotations[UPSTREAMS_ANNOTATION]).map(item => upstreamFrom(item, namespace)),
    proxy: proxy === undefined ? undefined : placeFrom(proxy.trim(), HTTP_PROXY_ANNOTATION),
  };
}

/** One address for all ports of the slice, or for each port its own. */
function inboundOf(slice: Slice): RequestedSidecar['inbound'] {
  const written = items(slice.annotations[APPLICATION_ANNOTATION]);
  if (written.length === 0) return [];
  const address = onlyAddressOf(slice);
  const ports = (slice.ports ?? []).flatMap(({ name, port }) => (typeof port === 'number' ? [{ name: name ?? '', port }] : []));
  return written.flatMap(item => {
    const at = item.indexOf('=');
    const application = placeFrom(item.slice(at + 1), APPLICATION_ANNOTATION);
    if (at === -1) {
      if (ports.length !== 1) throw unreadable(APPLICATION_ANNOTATION, item, 'NAME=ADDRESS:PORT for each port of the slice');
      return ports.map(({ port }) => ({ listen: { address, port }, application }));
    }
    const named = ports.find(({ name }) => name === item.slice(0, at));
    if (named === undefined) {
      throw new UnreadableAnnotation(
        APPLICATION_ANNOTATION,
        `names port \`${item.slice(0, at)}\`, which the slice does not have`,
        `its ports are ${ports.map(({ name }) => `\`${name}\``).join(', ')}`,
      );
    }
    return [{ listen: { address, port: named.port }, application }];
  });
}

function onlyAddressOf({ endpoints }: Slice): string {
  const addresses = (endpoints ?? []).flatMap(endpoint => endpoint.addresses);
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1) return only;
  throw new UnreadableAnnotation(
    APPLICATION_ANNOTATION,
    `stands at ${addresses.length} addresses, and one sidecar listens at one`,
    'write an EndpointSlice for each workload',
  );
}

/** `orders`, `orders.shop:8080`, as callers of the namespace mean them, and where they are called. */
function upstreamFrom(item: string, namespace: string): RequestedSidecar['outbound'][number] {
  const [, service, other = namespace, digits, place = ''] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+))?(?::(\d+))?=(.+)$/.exec(item) ?? [];
  if (service === undefined) throw unreadable(UPSTREAMS_ANNOTATION, item, 'SERVICE=ADDRESS:PORT, such as orders=127.0.0.1:4001');
  const port = digits === undefined ? HTTP_PORT : Number(digits);
  return { listen: placeFrom(place, UPSTREAMS_ANNOTATION), service: `mesh/${other}/${service}`, port };
}

function placeFrom(text: string, annotation: string): RequestedPlace {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = Number(digits);
  if (isIP(address) === 0 || !(port >= 1 && port <= MAX_PORT)) {
    throw unreadable(annotation, text, 'ADDRESS:PORT, such as 127.0.0.1:4001');
  }
  return { address, port };
}

function unreadable(annotation: string, found: string, form: string): UnreadableAnnotation {
  return new UnreadableAnnotation(annotation, `has \`${found}\``, `write ${form}`);
}

/** Separated by commas, blanks or ends of lines. */
function items(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter(item => item !== '');
}

function refused(
  document: Slice,
  { annotation, message, hint }: Pick<UnreadableAnnotation, 'annotation' | 'hint' | 'message'>,
): SidecarRequest {
  const path = `metadata.annotations.${annotation}`;
  const told = `${message}; a sidecar that runs stays as it was`;
  return { sidecar: undefined, issues: [{ document, severity: 'error', code: 'sidecar-unreadable', path, message: told, hint }] };
}
