// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { RolloutWeb } from '@weir/rollouts/drive';
import { parseJson } from '../state/parse-json.ts';
import { lookupOthers, ownHostProblem } from './own-addresses.ts';

/** Of an answer that is one number; whoever writes a Rollout names who gives it. */
const MAX_ANSWER_BYTES = 1_048_576;

interface Call {
  readonly url: URL;
  readonly timeoutMs: number;
  /** Of a POST, JSON. */
  readonly sent?: { readonly text: string; readonly contentType: string };
}

/** Calls to URLs that documents name. Redirects are not followed: they would lead where nobody wrote. */
export const webCalls: RolloutWeb = webCallsBy(call => open(call, undefined));

/** The same where others write the documents than run the process: what is for its own machine alone is not called. */
export const guardedWebCalls: RolloutWeb = webCallsBy(call => {
  const problem = ownHostProblem(call.url);
  return problem === undefined ? open(call, lookupOthers) : Promise.reject(new Error(problem));
});

function webCallsBy(openCall: (call: Call) => Promise<IncomingMessage>): RolloutWeb {
  return {
    post: async (url, body, { contentType, timeoutMs }) => {
      const response = await openCall({ url: new URL(url), timeoutMs, sent: { text: JSON.stringify(body), contentType } });
      response.destroy();
      return response.statusCode ?? 0;
    },
    get: async (url, timeoutMs) => {
      const response = await openCall({ url: new URL(url), timeoutMs });
      try {
        const { statusCode = 0 } = response;
        if (statusCode < 200 || statusCode > 299) throw new Error(`it answers ${statusCode}`);
        const answer = parseJson(await textOf(response));
        // Words of a parser would bring what was answered into the log.
        if (answer === undefined) throw new Error('it does not answer JSON');
        return answer;
      } finally {
        response.destroy();
      }
    },
  };
}

/** Resolves with the head of the answer. */
async function open({ url, timeoutMs, sent }: Call, lookup: LookupFunction | undefined): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const asked = request(url, {
    method: sent === undefined ? 'GET' : 'POST',
    ...(lookup === undefined ? {} : { lookup }),
    headers: sent === undefined ? {} : { 'content-type': sent.contentType },
    // Another one each time: a connection that was kept may end as it is used.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  });
  asked.end(sent?.text);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  // Whoever reads the answer is told of what breaks it off; nobody else is there to be.
  for (const stream of [asked, response]) stream.on('error', () => undefined);
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`it answers more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
