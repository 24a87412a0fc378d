// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, RequestHead } from '@weir/base';
import type { IntrospectionMethod, TokenSource } from '@weir/policy/snapshot';
import { ABSENT, NO_HEADERS } from '../access/authenticator.ts';
import type { Authenticated, Authenticator } from '../access/authenticator.ts';
import { hideParameters } from '../access/credential-source.ts';
import { readTokens, removeTokens } from '../access/token-place.ts';
import { NotAsked } from '../service-call/service-call.ts';
import type { CallBackend, ServiceRequest } from '../service-call/service-call.ts';
import { readAnswer } from './token-answer.ts';
import type { TokenFinding } from './token-answer.ts';
import { TokenFindings } from './token-findings.ts';
import type { FindingPorts, FreshFinding } from './token-findings.ts';

export interface IntrospectionPorts extends FindingPorts {
  readonly callBackend: CallBackend | undefined;
}

/** Claims of a token; more is no answer. */
const MAX_ANSWER_BYTES = 16_384;
/** RFC 6750 §2.1 has less; nothing else has to be escaped, and nobody has to read it. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/** Asks the issuer of a token about it (RFC 7662). */
export function createIntrospection(method: IntrospectionMethod, ports: IntrospectionPorts): Authenticator {
  const { name, sources, isForwarded } = method;
  const hidden = sources.filter(({ kind }) => kind === 'query').map(source => source.name);
  const introspector = new Introspector(method, ports);
  return {
    name,
    // RFC 6750 §3, as of other bearer tokens.
    challenge: `Bearer realm="${name}"`,
    challengeOfRefused: `Bearer realm="${name}", error="invalid_token"`,
    ownedHeaders: [],
    hide: hidden.length === 0 ? undefined : exchange => hideParameters(exchange, hidden),
    authenticate(exchange) {
      const found = findToken(exchange.request, sources);
      if (found === undefined) return ABSENT;
      if (found.tokens.length > 1) return { kind: 'refused', detail: 'the request has several tokens' };
      const [token = ''] = found.tokens;
      return TOKEN.test(token) ? introspector.authenticate(token, exchange) : { kind: 'refused', detail: 'the token is none' };
    },
    strip(exchange) {
      // Whoever was admitted by something else may have shown any token: the backend would take it for one that was asked about.
      if (isForwarded && exchange.identities.some(identity => identity.method === name && identity.claims !== undefined)) return;
      for (const source of sources) removeTokens(exchange.request, source);
    },
  };
}

function findToken(request: RequestHead, sources: readonly TokenSource[]): { readonly tokens: readonly string[] } | undefined {
  for (const source of sources) {
    const tokens = readTokens(request, source);
    if (tokens.length > 0) return { tokens };
  }
  return undefined;
}

class Introspector {
  private readonly method: IntrospectionMethod;
  private readonly ports: IntrospectionPorts;
  private readonly findings: TokenFindings;
  private readonly headers: readonly (readonly [name: string, value: string])[];

  constructor(method: IntrospectionMethod, ports: IntrospectionPorts) {
    this.method = method;
    this.ports = ports;
    this.findings = new TokenFindings(method.maxAgeMs, ports);
    this.headers = [
      ['accept', 'application/json'],
      ['authorization', basicCredentials(method.client)],
      ['content-type', 'application/x-www-form-urlencoded'],
      ['user-agent', 'weir'],
    ];
  }

  /** Throws NotAsked where nobody may be asked. */
  authenticate(token: string, exchange: Exchange): Authenticated | Promise<Authenticated> {
    const { label, backend } = this.method.endpoint;
    const { callBackend } = this.ports;
    if (backend === undefined) return { kind: 'unavailable', detail: `${label} cannot be used` };
    if (callBackend === undefined) throw new NotAsked(`method ${this.method.name} asks ${label}; not asked here`);
    const found = this.findings.find(token, () => this.ask(callBackend(backend, this.question(token, exchange))));
    if (found instanceof Promise) return found.then(finding => this.conclude(finding), unavailable);
    return this.conclude(found);
  }

  private async ask(pending: ReturnType<CallBackend>): Promise<FreshFinding> {
    const answer = await pending;
    const finding = readAnswer(answer, this.method, this.ports.clock.wallMs());
    return { finding, byteCount: answer.body.length };
  }

  private question(token: string, origin: Exchange): ServiceRequest {
    const { endpoint, timeoutMs } = this.method;
    return {
      method: 'POST',
      path: endpoint.path,
      query: endpoint.query,
      authority: endpoint.host,
      headers: HeaderList.of(...this.headers),
      body: Buffer.from(new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()),
      timeoutMs,
      maxResponseBytes: MAX_ANSWER_BYTES,
      origin,
    };
  }

  private conclude(finding: TokenFinding): Authenticated {
    if (finding.kind === 'refused') return finding;
    const identity = { method: this.method.name, consumer: '', groups: [], claims: finding.claims };
    return { kind: 'admitted', identity, headers: NO_HEADERS };
  }
}

function unavailable(reason: unknown): Authenticated {
  return { kind: 'unavailable', detail: `the token's issuer cannot be asked: ${Fault.from(reason).message}` };
}

/** RFC 6749 §2.3.1: both parts as in forms, then as RFC 7617 has it. */
function basicCredentials({ id, secret }: IntrospectionMethod['client']): string {
  return `Basic ${Buffer.from(`${formText(id)}:${formText(secret)}`).toString('base64')}`;
}

function formText(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
