// SPDX-License-Identifier: Apache-2.0
import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Downstream, Exchange } from '@weir/base';
import type { Question } from './decision.ts';
import type {
  AttributeContext_HttpRequestSchema,
  AttributeContext_PeerSchema,
} from './generated/envoy/service/auth/v3/attribute_context_pb.ts';
import { CheckRequestSchema } from './generated/envoy/service/auth/v3/external_auth_pb.ts';

export interface EncodeOptions {
  /** Undefined = all. */
  readonly headersToService: readonly string[] | undefined;
  /** Of the question. */
  readonly wallMs: number;
}

type HttpRequest = MessageInitShape<typeof AttributeContext_HttpRequestSchema>;
type Peer = MessageInitShape<typeof AttributeContext_PeerSchema>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A CheckRequest about a request. */
export function encodeQuestion({ exchange, body }: Question, { headersToService, wallMs }: EncodeOptions): Uint8Array {
  const { downstream, clientAddress } = exchange;
  const attributes = {
    source: { ...peer(clientAddress, downstream.remotePort), principal: principalOf(downstream) },
    destination: peer(downstream.localAddress, downstream.localPort),
    request: {
      time: timestampFromMs(wallMs),
      http: { ...httpOf(exchange), headers: headersOf(exchange, headersToService), ...bodyOf(body) },
    },
    ...(downstream.serverName === undefined ? {} : { tlsSession: { sni: downstream.serverName } }),
  };
  return toBinary(CheckRequestSchema, create(CheckRequestSchema, { attributes }));
}

function peer(address: string, portValue: number): Peer {
  const portSpecifier = { case: 'portValue', value: portValue } as const;
  return { address: { address: { case: 'socketAddress', value: { address, portSpecifier } } } };
}

/** Of a verified certificate, as Envoy chooses: the first URI, else the first DNS name. */
function principalOf({ clientCertificate }: Downstream): string {
  return clientCertificate?.uris[0] ?? clientCertificate?.dnsNames[0] ?? '';
}

function httpOf({ request, requestId, protocol, body }: Exchange): HttpRequest {
  const { method, path, query, authority, scheme } = request;
  return {
    id: requestId,
    method,
    path: query === undefined ? path : `${path}?${query}`,
    host: authority,
    scheme,
    protocol,
    size: BigInt(body.contentLength ?? -1),
  };
}

/** Equal names become one, as lists do (RFC 9110 §5.3). */
function headersOf({ request: { headers } }: Exchange, wanted: readonly string[] | undefined): Record<string, string> {
  const names = new Set(headers.names).intersection(new Set(wanted ?? headers.names));
  return Object.fromEntries([...names].map(name => [name, headers.getJoined(name) ?? '']));
}

function bodyOf(body: Buffer | undefined): Pick<HttpRequest, 'body' | 'rawBody'> {
  if (body === undefined || body.length === 0) return {};
  try {
    return { body: UTF8.decode(body) };
  } catch {
    return { rawBody: new Uint8Array(body) };
  }
}
