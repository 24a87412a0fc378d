// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { parseJoinText } from '@weir/identity';
import type { JoinProof, ReadJoinProof } from '@weir/member';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { MemberFlags } from './member-options.ts';

type ProofFlags = Pick<MemberFlags, 'joinFile' | 'roots' | 'serviceAccountToken'>;
type Environment = Pick<Terminal, 'environment'>;

/**
 * What proves who a proxy is, read anew each time that it is asked for: kubelet renews tokens, and people write join tokens. Throws
 * CommandFailure where the flags contradict each other or a join token cannot be read. The files of a cluster are waited for: kubelet may
 * write them later.
 */
export async function joinProofReader(flags: ProofFlags, terminal: Environment): Promise<ReadJoinProof> {
  const { joinFile, roots, serviceAccountToken } = flags;
  if ((serviceAccountToken === undefined) !== (roots === undefined)) {
    throw new CommandFailure(EXIT.usage, `--service-account-token and --roots belong together: ${BOTH}`);
  }
  if (serviceAccountToken !== undefined && roots !== undefined) {
    if (joinFile !== undefined) throw new CommandFailure(EXIT.usage, `--join-file and --service-account-token: ${ONE}`);
    return () => readServiceAccount(serviceAccountToken, roots);
  }
  const read = (): Promise<JoinProof | undefined> => readJoinText(flags, terminal);
  // What cannot be read is told before anything starts.
  await read();
  return read;
}

const BOTH = 'name the file of the token and the file of the roots that the control plane may have';
const ONE = 'a proxy joins by one of them; in a cluster by the token of its service account';

async function readServiceAccount(tokenPlace: string, rootsFile: string): Promise<JoinProof> {
  const token = await readText('--service-account-token', tokenPlace);
  return { kind: 'serviceAccount', token, rootsPem: await readText('--roots', rootsFile) };
}

async function readJoinText({ joinFile }: ProofFlags, { environment }: Environment): Promise<JoinProof | undefined> {
  const text = joinFile === undefined ? environment['WEIR_JOIN'] : await readJoinFile(joinFile);
  if (text === undefined || text === '') return undefined;
  const parsed = parseJoinText(text);
  if (!parsed.isValid) throw new CommandFailure(EXIT.usage, parsed.reason);
  return { kind: 'joinText', text };
}

/** Throws where there is nothing in the file. */
async function readText(flag: string, file: string): Promise<string> {
  const text = await contentOf(flag, file);
  if (text.trim() === '') throw new CommandFailure(EXIT.usage, `${flag} ${file} is empty`);
  return text.trim();
}

function readJoinFile(file: string): Promise<string> {
  return contentOf('--join-file', file);
}

async function contentOf(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure(EXIT.usage, `${flag} ${file} cannot be read: ${String(cause)}`, { cause });
  }
}
