// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { reasonWords } from '@weir/base';
import { API_FILE, API_TOKEN_FILES } from '@weir/control-plane/api-place';
import type { ApiPlace } from '@weir/control-plane/api-place';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Where the API of a control plane is, and what opens it. */
export interface ApiAccess extends Pick<ApiPlace, 'mesh' | 'url'> {
  /** Absent = it wants none. */
  readonly token?: string;
  /** It is a `weir up`, at this admin socket, and not a control plane. */
  readonly socketPath?: string;
  /** Which one it is, for people: the Pod; absent = there is one, at the url. */
  readonly name?: string;
  /** Connects to it; absent = it is at the url. */
  readonly connect?: () => Promise<Duplex>;
}

/**
 * Finds the control plane of this machine by its state directory, or any other by WEIR_API and WEIR_API_TOKEN_FILE. Throws CommandFailure,
 * which says what to do.
 */
export async function findApi(stateDirectory: string, { environment }: Pick<Terminal, 'environment'>): Promise<ApiAccess> {
  const url = environment['WEIR_API'] ?? '';
  const tokenPlace = environment['WEIR_API_TOKEN_FILE'] ?? '';
  const place = url === '' ? await readPlace(join(stateDirectory, API_FILE), stateDirectory) : { url: checkedUrl(url) };
  const token = await readToken(tokenPlace === '' ? join(stateDirectory, API_TOKEN_FILES.operator) : tokenPlace);
  return { ...place, token };
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new CommandFailure(
    EXIT.usage,
    `WEIR_API is ${JSON.stringify(text)}: write the address of the API, such as http://127.0.0.1:15011`,
  );
}

async function readPlace(path: string, stateDirectory: string): Promise<Pick<ApiPlace, 'mesh' | 'url'>> {
  const text = await readIfThere(path);
  const place = text === undefined ? undefined : parsePlaceFile(text);
  if (place !== undefined) return place;
  throw new CommandFailure(
    EXIT.unavailable,
    `no control plane runs with the state directory ${stateDirectory}: start one with weir control-plane, name its directory with --state, or its API with WEIR_API and WEIR_API_TOKEN_FILE`,
  );
}

function parsePlaceFile(text: string): Pick<ApiPlace, 'mesh' | 'url'> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    const url: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'url') : undefined;
    return typeof url === 'string' ? (found as ApiPlace) : undefined;
  } catch {
    return undefined;
  }
}

async function readToken(path: string): Promise<string> {
  const text = await readIfThere(path);
  if (text !== undefined) return text.trim();
  throw new CommandFailure(EXIT.unavailable, `${path} is not there: name the file with the API's token with WEIR_API_TOKEN_FILE`);
}

/** Undefined where there is no such file. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    const words = reasonWords(cause);
    throw new CommandFailure(EXIT.unavailable, `${words}: this command must run as the user of the control plane`, { cause });
  }
}
