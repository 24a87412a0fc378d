// SPDX-License-Identifier: Apache-2.0
import type { RawResponse } from '../wire/raw-response.ts';
import { connectRaw } from './raw-client.ts';
import type { ClientOptions } from './raw-client.ts';
import type { RequestOptions } from './request-text.ts';

/** Sends one request on a connection of its own and reads the answer. */
export async function request(at: ClientOptions, target: string, options?: RequestOptions): Promise<RawResponse> {
  await using client = await connectRaw(at);
  return await client.request(target, options);
}
