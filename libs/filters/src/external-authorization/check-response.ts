// SPDX-License-Identifier: Apache-2.0
import { fromBinary } from '@bufbuild/protobuf';
import { Fault, HeaderList } from '@weir/base';
import type { Decision } from './decision.ts';
import type { HeaderValueOption } from './generated/envoy/config/core/v3/base_pb.ts';
import { CheckResponseSchema } from './generated/envoy/service/auth/v3/external_auth_pb.ts';
import type { CheckResponse, DeniedHttpResponse, OkHttpResponse } from './generated/envoy/service/auth/v3/external_auth_pb.ts';
import { assertSendable } from './header-mutations.ts';
import type { HeaderMutation } from './header-mutations.ts';

/** google.rpc.Code. */
const OK = 0;
const FORBIDDEN = 403;

/** HeaderAppendAction, by its number. */
const ACTIONS = ['append', 'setIfAbsent', 'set', 'overwrite'] as const;

/** What a CheckResponse says. Throws where it says nothing, or two things at once. */
export function decodeAnswer(message: Uint8Array): Decision {
  const response = parse(message);
  // A message without a status is what bytes of something else read as.
  if (response.status === undefined) throw wrong('its message has no status');
  const { httpResponse } = response;
  if (response.status.code === OK) {
    if (httpResponse.case === 'deniedResponse') throw wrong('its message is OK and denies the request');
    return admission(httpResponse.case === 'okResponse' ? httpResponse.value : undefined);
  }
  return denial(httpResponse.case === 'deniedResponse' ? httpResponse.value : undefined);
}

function parse(message: Uint8Array): CheckResponse {
  try {
    return fromBinary(CheckResponseSchema, message);
  } catch {
    throw wrong('its message is no CheckResponse');
  }
}

function admission(response: OkHttpResponse | undefined): Decision {
  if (response === undefined) return { kind: 'admitted', request: [], query: { remove: [], set: [] }, response: [] };
  const removals = response.headersToRemove.map(name => ({ action: 'remove', name: name.toLowerCase(), value: '' }) as const);
  return {
    kind: 'admitted',
    // What is to be removed goes first, so that a service can replace a field by another value of the same name.
    request: [...removals, ...response.headers.flatMap(option => mutation(option, 'set'))],
    query: {
      remove: response.queryParametersToRemove,
      set: response.queryParametersToSet.map(({ key, value }) => [key, value] as const),
    },
    response: response.responseHeadersToAdd.flatMap(option => mutation(option, 'append')),
  };
}

function denial(response: DeniedHttpResponse | undefined): Decision {
  const mutations = (response?.headers ?? []).flatMap(option => mutation(option, 'append'));
  assertSendable(mutations);
  const headers = HeaderList.of(...mutations.map(({ name, value }) => [name, value] as const));
  const body = Buffer.from(response?.body ?? '', 'utf8');
  if (body.length > 0 && !headers.has('content-type')) headers.append('content-type', 'text/plain; charset=utf-8');
  return { kind: 'denied', status: statusOf(response?.status?.code), headers, body };
}

/** What is no status of an answer becomes the one that says no. */
function statusOf(code: number | undefined): number {
  return code !== undefined && code >= 200 && code <= 599 ? code : FORBIDDEN;
}

/** `append` is the older way to say it; where neither is said, requests are overwritten, so that what a client wrote does not stay. */
function mutation(option: HeaderValueOption, fallback: 'append' | 'set'): HeaderMutation | [] {
  const { header, append, appendAction } = option;
  if (header === undefined || header.key === '') return [];
  const value = header.value === '' ? Buffer.from(header.rawValue).toString('latin1') : header.value;
  const action = append === undefined ? actionOf(appendAction, fallback) : appended(append);
  if (action === undefined) throw wrong(`its message has the append action ${appendAction}, which is none`);
  return { action, name: header.key.toLowerCase(), value };
}

function actionOf(appendAction: number, fallback: 'append' | 'set'): HeaderMutation['action'] | undefined {
  return appendAction === 0 ? fallback : ACTIONS[appendAction];
}

function appended(isAppended: boolean): HeaderMutation['action'] {
  return isAppended ? 'append' : 'set';
}

function wrong(detail: string): Fault {
  return new Fault('upstream_protocol_error', detail);
}
