// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { parseShortName } from '@weir/identity';
import type { RotationView } from '../identity/rotation-driver.ts';
import { ApiError } from './api-error.ts';
import { askProxy } from '../relay/ask-proxy.ts';
import { ANSWERED, apiRoute } from './api-route.ts';
import type { ApiRoute } from './api-route.ts';
import { ROLLOUT_ROUTES } from './rollout-routes.ts';
import { identitySchema, NOTHING, objectSchema, problemSchema, proxySchema, summarySchema } from './api-schemas.ts';

/** An address in text is at most so long, with a zone. */
const MAX_ADDRESS = 64;
const MAX_NAME = 253;
/** A proxy is named by where it listens. */
const MAX_TARGET = 4096;
const name = z.string().max(MAX_NAME);

/** In a path, the namespace of what has none. */
const NO_NAMESPACE = '-';

/** All that the API can do. */
export const API_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    ...{ method: 'get', path: '/summary', operationId: 'getSummary', status: 200, right: 'read' },
    summary: 'How much there is of everything',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: summarySchema },
    handle: ({ controlPlane }) => ({
      trustDomain: controlPlane.trustDomain,
      ...controlPlane.summary,
      objectCount: controlPlane.objects.keys().length,
      proxyCount: controlPlane.proxies().length,
      errorCount: controlPlane.problems.filter(({ severity }) => severity === 'error').length,
      warningCount: controlPlane.problems.filter(({ severity }) => severity === 'warning').length,
    }),
  }),
  apiRoute({
    ...{ method: 'get', path: '/objects', operationId: 'listObjects', status: 200, right: 'read' },
    summary: 'Every object, and how many of the proxies that need it have it',
    ...{ params: NOTHING, query: z.strictObject({ kind: name.optional() }), body: NOTHING },
    response: z.array(objectSchema).readonly(),
    handle: ({ controlPlane, query }) => controlPlane.reports(controlPlane.objects.keys(query.kind)),
  }),
  apiRoute({
    ...{ method: 'get', path: '/objects/{kind}/{namespace}/{name}', operationId: 'getObject', status: 200, right: 'read' },
    summary: `One object; the namespace of kinds without one is written ${NO_NAMESPACE}`,
    ...{ params: z.strictObject({ kind: name, namespace: name, name }), query: NOTHING, body: NOTHING, response: objectSchema },
    handle: async ({ controlPlane, params }) => {
      const key = `${params.kind}/${params.namespace === NO_NAMESPACE ? '' : params.namespace}/${params.name}`;
      const [report] = await controlPlane.reports([key]);
      if (report === undefined) throw new ApiError(404, 'no-such-object', `there is no ${key} among the documents`);
      return report;
    },
  }),
  apiRoute({
    ...{ method: 'get', path: '/proxies', operationId: 'listProxies', status: 200, right: 'read' },
    summary: 'Every proxy that is connected',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: z.array(proxySchema).readonly() },
    handle: ({ controlPlane }) => controlPlane.proxies(),
  }),
  apiRoute({
    ...{ method: 'get', path: '/proxies/{namespace}/{serviceAccount}/{proxy}/admin/{path}', operationId: 'askProxy' },
    ...{ status: 200, right: 'relay' },
    summary: 'What the admin side of a proxy answers, streams included',
    params: z.strictObject({
      ...{ namespace: name, serviceAccount: name },
      proxy: z.string().max(MAX_TARGET).describe('The rest of the name that /proxies gives, with / written %2F.'),
      path: z.string().max(MAX_TARGET).describe('On the admin side, such as status; slashes included.'),
    }),
    ...{ query: z.record(z.string(), z.unknown()), body: NOTHING, response: z.unknown() },
    handle: async ({ controlPlane, params, caller, exchange }) => {
      const { namespace, serviceAccount, proxy, path } = params;
      controlPlane.tell({ kind: 'asked', caller: caller.name, proxy: `${namespace}/${serviceAccount}/${proxy}`, path });
      await askProxy(controlPlane.relay, params, exchange);
      return ANSWERED;
    },
  }),
  apiRoute({
    ...{ method: 'get', path: '/problems', operationId: 'listProblems', status: 200, right: 'read' },
    summary: 'Everything wrong with the documents as they stand, and what is urgent about the authority',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: z.array(problemSchema).readonly() },
    handle: ({ controlPlane }) => controlPlane.problems,
  }),
  apiRoute({
    ...{ method: 'post', path: '/join-tokens', operationId: 'createJoinToken', status: 201, right: 'join' },
    summary: 'Issues a text that a workload joins with, once',
    ...{ params: NOTHING, query: NOTHING },
    body: z.strictObject({
      identity: name.describe('NAMESPACE/SERVICE-ACCOUNT.'),
      addresses: z.array(z.string().max(MAX_ADDRESS)).max(MAX_ADDRESS).describe('IP addresses that it may register.'),
      ttlMs: z.number().describe('How long it can be used.'),
    }),
    response: z.object({ joinText: z.string().describe('TOKEN.ROOT; shown this once.'), expiresAt: z.string() }),
    handle: async ({ controlPlane, body }) => {
      const identity = parseShortName(body.identity, controlPlane.trustDomain);
      if (!identity.isValid) throw new ApiError(400, 'invalid-identity', identity.reason);
      const { joinText, expiresAtMs } = await controlPlane.issueJoinText({ ...body, identity: identity.value });
      return { joinText, expiresAt: isoOf(expiresAtMs) };
    },
  }),
  apiRoute({
    ...{ method: 'get', path: '/identity', operationId: 'getIdentity', status: 200, right: 'read' },
    summary: 'The authority of the mesh',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: identitySchema },
    handle: ({ controlPlane }) => identityView(controlPlane.rotation.view()),
  }),
  apiRoute({
    ...{ method: 'post', path: '/identity/rotation', operationId: 'rotateIdentity', status: 202, right: 'rotate' },
    summary: 'Begins a rotation to a new root, which goes on by itself',
    ...{ params: NOTHING, query: NOTHING, response: identitySchema },
    body: z.strictObject({
      isForced: z.boolean().default(false).describe('Of a rotation under way: take one step whoever has not followed.'),
    }),
    handle: async ({ controlPlane, body }) => identityView(await controlPlane.rotation.rotate(body)),
  }),
  apiRoute({
    ...{ method: 'delete', path: '/identity/rotation', operationId: 'abortRotation', status: 200, right: 'rotate' },
    summary: 'Gives up a rotation whose new root has not issued yet',
    ...{ params: NOTHING, query: NOTHING, body: NOTHING, response: identitySchema },
    handle: async ({ controlPlane }) => identityView(await controlPlane.rotation.abort()),
  }),
  ...ROLLOUT_ROUTES,
];

function identityView({ status, waitingFor }: RotationView): z.input<typeof identitySchema> {
  const { trustDomain, phase, roots, issuer, concerns, oldLeavesExpireAtMs } = status;
  return {
    ...{ trustDomain, phase, waitingFor },
    warnings: concerns.map(({ message }) => message),
    roots: roots.map(({ fingerprint, notAfterMs, isIssuing }) => ({ fingerprint, notAfter: isoOf(notAfterMs), isIssuing })),
    issuer: { fingerprint: issuer.fingerprint, notAfter: isoOf(issuer.notAfterMs) },
    ...(oldLeavesExpireAtMs === undefined ? {} : { oldLeavesExpireAt: isoOf(oldLeavesExpireAtMs) }),
  };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
