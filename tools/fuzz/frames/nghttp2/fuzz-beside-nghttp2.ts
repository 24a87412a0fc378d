// SPDX-License-Identifier: Apache-2.0
import { http2FramesIn } from '@weir/testing';
import { SeededRandom } from '../../seeded-random.ts';
import { bytesOfFrames, FramesWriter } from '../inputs/frames-writer.ts';
import { mutateFrames } from '../inputs/mutate-frames.ts';
import { type Checked, checkInput } from '../run/check-input.ts';
import type { FuzzOptions, FuzzReport } from '../run/fuzz.ts';
import { KNOWN_DIFFERENCES, type PartingKind } from './known-differences.ts';
import { readByNghttp2, type ServerReading, textOfFields } from './read-by-nghttp2.ts';

const MAX_FAILURES = 10;
const MUTATED_SHARE = 0.5;

/** Lets Node's nghttp2 read what a client sends to Weir, and collects what nobody has explained. */
export async function fuzzBesideNghttp2({ seed, inputs }: Pick<FuzzOptions, 'inputs' | 'seed'>): Promise<FuzzReport> {
  const random = new SeededRandom(seed);
  const counts = new Map<string, number>();
  const failures: { role: 'server'; input: string; detail: string }[] = [];
  for (let done = 0; done < inputs && failures.length < MAX_FAILURES; done++) {
    const frames = new FramesWriter(random, 'server').write();
    const bytes = bytesOfFrames(random.chance(MUTATED_SHARE) ? mutateFrames(frames, random) : frames);
    const name = await compareReadings(bytes);
    if (name.startsWith('unexplained')) failures.push({ role: 'server', input: bytes.toString('hex'), detail: name });
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { counts, failures };
}

/** `both go on`, `both end`, the name of a known difference, or `unexplained` and what it is. */
export async function compareReadings(bytes: Buffer): Promise<string> {
  const weir = checkInput(bytes, 'server');
  const nghttp2 = await readByNghttp2(bytes);
  const kind = partingOf(weir, nghttp2);
  if (kind === undefined) return weir.isEnded ? 'both end' : 'both go on';
  const parting = { kind, frames: http2FramesIn(bytes), rules: weir.rules };
  const known = KNOWN_DIFFERENCES.find(({ kinds, explains }) => kinds.includes(kind) && explains(parting));
  return known?.name ?? `unexplained: ${kind}, ${weir.rules.join('; ')}, nghttp2 reads ${nghttp2.requests.join(' ')}`;
}

/** Requests are compared where both go on: which of those before an error are still told of is not the protocol's business. */
function partingOf(weir: Checked, nghttp2: ServerReading): PartingKind | undefined {
  if (weir.isEnded !== nghttp2.isEnded) return weir.isEnded ? 'only-weir-ends' : 'only-nghttp2-ends';
  if (weir.isEnded) return undefined;
  return weir.heads.map(textOfFields).join('\n') === nghttp2.requests.join('\n') ? undefined : 'requests';
}
