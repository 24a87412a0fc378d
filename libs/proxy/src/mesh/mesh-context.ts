// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { Exchange, HeaderList, Identity, Random } from '@weir/base';
import { CALLER_FIELDS, CLIENT_KEY_FIELD, CONTEXT_FIELD, TIMEOUT_FIELD } from '@weir/base';

const REQUEST_ID_BYTES = 16;
/** What the id of a request may look like; anything else could be made to break logs apart. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Tokens may have many claims; beyond it they are left out, and rules that ask for them refuse. */
const MAX_CONTEXT_BYTES = 8192;

/** What proxies of the mesh tell each other, and believe of nobody else. */
const OF_THE_MESH: ReadonlySet<string> = new Set([TIMEOUT_FIELD, CLIENT_KEY_FIELD]);

/** As a gateway writes it: JSON in base64url. */
interface Context {
  /** The client's address. */
  readonly client: string;
  readonly attempt: number;
  readonly identities: readonly Identity[];
  /** Of each the policy that has asked. */
  readonly policies: readonly string[];
}

/** What a request brings along, by who sent it. Only a gateway is believed about whom it calls for. */
export type Sender = 'application' | 'gateway' | 'stranger' | 'workload';

/** Takes what is believed of a request, and removes all that would let its sender pass for somebody else. */
export function enterMesh(exchange: Exchange, sender: Sender, random: Random): void {
  const { headers } = exchange.request;
  const written = headers.get(CONTEXT_FIELD);
  headers.remove(CONTEXT_FIELD);
  if (sender !== 'gateway') headers.removeAny(CALLER_FIELDS);
  else if (written !== undefined) takeContext(exchange, written);
  if (sender === 'stranger') headers.removeAny(OF_THE_MESH);
  nameRequest(exchange, random);
}

/** Says to the workload that is called whom this gateway calls for. */
export function writeContext(exchange: Exchange): void {
  const { clientAddress: client, identities, identifiedBy: policies, attempts: attempt, request } = exchange;
  const whole = encode({ client, attempt, identities, policies });
  const isShort = whole.length <= MAX_CONTEXT_BYTES;
  const value = isShort ? whole : encode({ client, attempt, policies, identities: identities.map(withoutClaims) });
  request.headers.set(CONTEXT_FIELD, value);
}

function withoutClaims(identity: Identity): Identity {
  return { ...identity, claims: undefined };
}

function encode(context: Context): string {
  return Buffer.from(JSON.stringify(context)).toString('base64url');
}

/** A gateway of another version may write what this one does not know: then nothing of it is believed. */
function takeContext(exchange: Exchange, written: string): void {
  const context = decode(written);
  if (context === undefined) return;
  exchange.clientAddress = context.client;
  exchange.identities = context.identities;
  exchange.identifiedBy = context.policies;
}

function decode(written: string): Context | undefined {
  if (written.length > MAX_CONTEXT_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(written, 'base64url').toString('utf8'));
    return isContext(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isContext(value: unknown): value is Context {
  if (typeof value !== 'object' || value === null) return false;
  const { client, identities, policies } = value as Partial<Record<keyof Context, unknown>>;
  if (!Array.isArray(identities) || !Array.isArray(policies) || identities.length !== policies.length) return false;
  const isNamed = policies.every(policy => typeof policy === 'string') && identities.every(isIdentity);
  return isNamed && typeof client === 'string' && isIP(client) !== 0;
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null) return false;
  const { method, consumer, groups, claims } = value as Partial<Record<keyof Identity, unknown>>;
  const isNamed = typeof method === 'string' && typeof consumer === 'string';
  const isGrouped = Array.isArray(groups) && groups.every(group => typeof group === 'string');
  return isNamed && isGrouped && (claims === undefined || (typeof claims === 'object' && claims !== null));
}

/** An id that was given goes on, so that all logs of a request have the same. */
function nameRequest(exchange: Exchange, random: Random): void {
  const { headers } = exchange.request;
  const given = idOf(headers);
  exchange.requestId = given ?? random.hex(REQUEST_ID_BYTES);
  if (given === undefined) headers.set('x-request-id', exchange.requestId);
}

function idOf(headers: HeaderList): string | undefined {
  const written = headers.get('x-request-id');
  return written !== undefined && REQUEST_ID.test(written) ? written : undefined;
}
