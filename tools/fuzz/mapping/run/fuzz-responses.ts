// SPDX-License-Identifier: Apache-2.0
import { MessageWriter } from '../../inputs/message-writer.ts';
import { mutateBytes } from '../../inputs/mutate-bytes.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { framesOfPieces, ResponseWriter } from '../inputs/response-writer.ts';
import { askHttp1, askHttp2, type ClientAnswer } from '../lab/client-answer.ts';
import { GatewayLab } from '../lab/gateway-lab.ts';
import { HostileBackend } from '../lab/hostile-backend.ts';
import { comparable, type ExpectedResponse, expectFromHttp1, expectFromHttp2 } from '../model/expected-response.ts';
import type { MappingOptions } from './fuzz-requests.ts';

export interface ResponseFailure {
  /** Protocols of backend and client, and the answer in hex or JSON. */
  readonly input: string;
  readonly detail: string;
}

export interface ResponseReport {
  readonly counts: ReadonlyMap<string, number>;
  readonly failures: readonly ResponseFailure[];
}

/** One answer of a backend. */
interface Case {
  readonly text: string;
  readonly expected: ExpectedResponse;
  readonly answer: (streamId: number) => Buffer;
}

const MAX_FAILURES = 10;
const PROGRESS_EVERY = 1_000;
/** Status of what the gateway answers where a backend's answer is none. */
const BAD_GATEWAY = [502, 503, 504];

/** Lets hostile backends of both versions answer clients of both versions, and collects what was more or other than one answer. */
export async function fuzzResponses({ seed, inputs, onProgress }: MappingOptions): Promise<ResponseReport> {
  const random = new SeededRandom(seed);
  const half = Math.ceil(inputs / 2);
  const plain = await fuzzBackend({ protocol: 'http1', inputs: half, next: createHttp1Cases(random), onProgress });
  const onLater = (done: number): void => onProgress?.(half + done);
  const framed = await fuzzBackend({ protocol: 'http2', inputs: half, next: createHttp2Cases(random), onProgress: onLater });
  return { counts: new Map([...plain.counts, ...framed.counts]), failures: [...plain.failures, ...framed.failures] };
}

interface BackendFuzz {
  readonly protocol: 'http1' | 'http2';
  readonly inputs: number;
  readonly next: () => Case;
  readonly onProgress: ((done: number) => void) | undefined;
}

async function fuzzBackend({ protocol, inputs, next, onProgress }: BackendFuzz): Promise<ResponseReport> {
  await using backend = await HostileBackend.open(protocol);
  await using lab = await GatewayLab.open(backend);
  const counts = new Map<string, number>();
  const failures: ResponseFailure[] = [];
  for (let done = 0; done < inputs && failures.length < MAX_FAILURES; done++) {
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
    const { text, expected, answer } = next();
    backend.answer = answer;
    const ask = done % 2 === 0 ? askHttp1 : askHttp2;
    const name = `${protocol}, ${expected.verdict}${expected.verdict === 'never' ? '' : `: ${expected.because}`}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const detail = (await judgeTwice(lab.port, ask, expected)) ?? lab.defects[0];
    if (detail !== undefined) failures.push({ input: `${protocol} to ${ask.name}: ${text}`, detail });
  }
  return { counts, failures };
}

/** A connection that the answer before has broken may take a request with it: what is wrong is wrong the second time too. */
async function judgeTwice(port: number, ask: typeof askHttp1, expected: ExpectedResponse): Promise<string | undefined> {
  return judge(await ask(port), expected) === undefined ? undefined : judge(await ask(port), expected);
}

function judge(answer: ClientAnswer, expected: ExpectedResponse): string | undefined {
  const { problem, status, isComplete, body } = answer;
  const { verdict, because } = expected;
  if (problem !== undefined) return `the client reads ${problem}`;
  if (!isComplete) return verdict === 'must' ? `the answer was cut off, although ${because}` : undefined;
  if (BAD_GATEWAY.includes(status)) return verdict === 'must' ? `the answer was ${status}, although ${because}` : undefined;
  if (verdict === 'never') return `the client reads ${status}, although ${because}`;
  if (status !== expected.status) return `the client reads ${status} instead of ${expected.status}`;
  if (body !== expected.body) return `the client reads body ${JSON.stringify(body)} instead of ${JSON.stringify(expected.body)}`;
  const fields = comparable(answer.fields).join('\n');
  return fields === expected.fields.join('\n')
    ? undefined
    : `the client reads fields ${fields} instead of ${expected.fields.join('\n')}`;
}

function createHttp1Cases(random: SeededRandom): () => Case {
  const writer = new MessageWriter(random);
  return () => {
    const whole = writer.writeResponses();
    const bytes = Buffer.from(random.chance(0.4) ? mutateBytes(whole, random) : whole, 'latin1');
    return { text: JSON.stringify(bytes.toString('latin1')), expected: expectFromHttp1(bytes), answer: () => bytes };
  };
}

function createHttp2Cases(random: SeededRandom): () => Case {
  const writer = new ResponseWriter(random);
  return () => {
    const pieces = writer.write();
    return {
      text: JSON.stringify(pieces),
      expected: expectFromHttp2(pieces),
      answer: streamId => framesOfPieces(pieces, streamId),
    };
  };
}
