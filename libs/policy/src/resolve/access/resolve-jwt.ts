// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import { headerChangesProblem, JWT_ALGORITHMS } from '../../snapshot/index.ts';
import type { ClaimHeader, JwtMethod, JwtProvider, TokenSource } from '../../snapshot/index.ts';
import { requirementsOf } from '../gateway/namespace-rule.ts';
import { reportNobody } from './report-nobody.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import { resolveKeySet } from './resolve-key-set.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import type { MethodSpec } from './resolve-method.ts';
import { tokenSources } from './token-sources.ts';

type JwtSpec = NonNullable<MethodSpec['jwt']>;

/** RFC 7519 §4.1.4: no more than a few minutes. */
const DEFAULT_LEEWAY_MS = 60_000;

/** The authority, and what carries credentials: a claim there would be taken for something else. */
const NO_PLACE_FOR_CLAIMS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'host', 'proxy-authorization']);

export function resolveJwt(
  context: AccessContext,
  spec: JwtSpec & { readonly name: string },
  path: string,
): Omit<JwtMethod, 'consumers'> & { readonly consumers: ConsumerSelection } {
  const { namespace } = context.document;
  const consumers = { namespace, requirements: requirementsOf(spec.consumers ?? {}) };
  if (spec.consumers !== undefined) reportNobody(context, { selection: consumers, path });
  if (spec.audiences === undefined) warnOfAudiences(context, path);
  return {
    kind: 'jwt',
    name: spec.name,
    provider: resolveProvider(context, spec, path),
    consumers,
    requiresConsumer: spec.consumers !== undefined,
  };
}

function resolveProvider(context: AccessContext, spec: JwtSpec & { readonly name: string }, path: string): JwtProvider {
  const sources = tokenSources(spec.from);
  const claimHeaders = (spec.claimsToHeaders ?? []).map(claim => ({ path: claim.path, header: claim.header.toLowerCase() }));
  for (const [index, { header }] of claimHeaders.entries()) {
    checkClaimHeader(context, { header, sources, path: `${path}.claimsToHeaders[${index}].header` });
  }
  const algorithms = spec.algorithms ?? JWT_ALGORITHMS;
  return {
    name: spec.name,
    issuer: spec.issuer,
    audiences: spec.audiences ?? [],
    algorithms,
    leewayMs: spec.leeway === undefined ? DEFAULT_LEEWAY_MS : parseDuration(spec.leeway),
    // A token that never ends cannot be taken back.
    requiresExpiry: true,
    requiredClaims: (spec.requiredClaims ?? []).map(({ path: claim, values = [] }) => ({ path: claim, values })),
    keys: resolveKeySet(context, { spec: spec.jwks, algorithms, path: `${path}.jwks` }),
    sources,
    claimHeaders,
    forwardsToken: spec.forward,
  };
}

interface ClaimHeaderPlace {
  readonly header: ClaimHeader['header'];
  readonly sources: readonly TokenSource[];
  readonly path: string;
}

function checkClaimHeader(context: AccessContext, { header, sources, path }: ClaimHeaderPlace): void {
  const problem = claimHeaderProblem(header, sources);
  if (problem === undefined) return;
  const message = `${path} is \`${header}\`: ${problem}`;
  context.report({ severity: 'error', code: 'claim-header-invalid', path, message, hint: 'write another, such as x-user' });
  context.fail(message);
}

function claimHeaderProblem(header: string, sources: readonly TokenSource[]): string | undefined {
  if (NO_PLACE_FOR_CLAIMS.has(header)) return 'a claim there would be taken for something else';
  if (sources.some(({ kind, name }) => kind === 'header' && name === header)) return 'the token itself is looked for there';
  return headerChangesProblem({ set: [{ name: header, value: '' }], add: [], remove: [] });
}

/** RFC 8725 §3.9: whoever gets a token of the issuer's for some other service could use it here. */
function warnOfAudiences(context: AccessContext, path: string): void {
  const message = `${path} names no audiences: tokens that the issuer has made for other services are admitted`;
  const hint = 'write audiences: and what `aud` is in tokens for this one, or audiences: [] where any is meant';
  context.report({ severity: 'warning', code: 'jwt-without-audience', path, message, hint });
}
