// SPDX-License-Identifier: Apache-2.0
import { http2Frame, type TestFrame } from '@weir/testing';
import type { Role } from '../subjects/subject.ts';
import { BIT, TYPE } from '../model/words.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { BlockWriter } from './block-writer.ts';
import {
  FIELDS,
  INCREMENTS,
  METHODS,
  ODD_FIELDS,
  ODD_INCREMENTS,
  ODD_SETTINGS,
  ODD_STATUSES,
  PATHS,
  SETTINGS,
  STATUSES,
} from './vocabulary.ts';

type Frame = Partial<TestFrame>;
type Pair = readonly [name: string, value: string];

/** Shares of the inputs in which no, few, some or many places are odd. */
const ODDITIES = [0, 0, 0.02, 0.05, 0.15];
const ODD_STREAMS = [0, 2, 1, 4, 255, 0x7fff_ffff, 0x7fff_fffe];
/** Streams that the double of the gateway has opened to a server. */
const OPENED_STREAMS = [1, 3, 5, 7];
const HEAD_STREAM = 3;
const UNREAD: readonly Pair[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'a.example'],
  [':path', '/hold'],
];
const BODILESS: ReadonlySet<string> = new Set(['204', '304']);
const FLOOD_FRAMES = 1_200;
/** `:status: 103`, without an entry in the table. */
const INTERIM = Buffer.from('\x08\x03103', 'latin1');

/** Writes the frames of a peer that are right but for some places. */
export class FramesWriter {
  private readonly random: SeededRandom;
  private readonly blocks: BlockWriter;
  private readonly role: Role;
  private oddity = 0;
  private lastStreamId = 0;
  /** Streams on which the peer has said its head and not its end; and those that wait for a head. */
  private readonly open: number[] = [];
  private unanswered: readonly number[] = [];
  private readonly messageKinds = [
    () => this.message(),
    () => this.message(),
    () => this.data(),
    () => this.data(),
    () => this.trailers(),
  ] as const;
  private readonly controlKinds: readonly (() => readonly Frame[])[] = [
    () => [this.windowUpdate()],
    () => [this.windowUpdate()],
    () => [this.settings()],
    () => [{ type: TYPE.settings, flags: BIT.ack }],
    () => [{ type: TYPE.ping, flags: this.random.pick([0, 0, 1]), payload: Buffer.alloc(this.isOdd() ? 7 : 8, 'p') }],
    () => [this.reset()],
    () => [{ type: TYPE.priority, streamId: this.stream(), payload: Buffer.alloc(this.isOdd() ? 4 : 5) }],
    () => [{ type: this.isOdd() ? TYPE.push : 0xfa, streamId: this.stream(), payload: Buffer.alloc(4) }],
    () => (this.random.chance(0.2) ? [this.goAway()] : []),
    () => (this.isOdd() ? [{ type: TYPE.continuation, flags: this.random.pick([0, 4]), streamId: this.stream() }] : []),
  ];

  /** `role`: of the side under test; the peer is the other one. */
  constructor(random: SeededRandom, role: Role) {
    this.random = random;
    this.role = role;
    this.blocks = new BlockWriter(random);
  }

  /** A connection's frames from the first on. */
  write(): readonly Frame[] {
    const { random } = this;
    this.oddity = random.pick(ODDITIES);
    this.lastStreamId = this.role === 'server' ? -1 : 0;
    this.open.length = 0;
    this.unanswered = this.role === 'client' ? OPENED_STREAMS : [];
    this.blocks.begin();
    const frames: Frame[] = [this.settings()];
    const count = 1 + random.below(12);
    for (let i = 0; i < count; i++) frames.push(...this.some());
    if (random.chance(0.002)) frames.push(...this.flood());
    if (this.role === 'server' && random.chance(0.001)) frames.push(...this.unreadBodies());
    if (random.chance(0.005)) frames.push(...this.largeBody());
    return frames;
  }

  private some(): readonly Frame[] {
    const { random } = this;
    const kinds = random.chance(0.6) ? this.messageKinds : this.controlKinds;
    return random.pick(kinds)();
  }

  /** A request or a response; one with a length has its body behind it, any other is open or has none. */
  private message(): readonly Frame[] {
    const { random } = this;
    const isServer = this.role === 'server';
    const streamId = isServer ? this.nextStream() : this.nextAnswered();
    if (streamId === undefined) return [];
    const fields = isServer ? this.requestFields() : this.responseFields();
    const status = statusOf(fields);
    if (status.startsWith('1') && !this.isOdd()) return this.section(streamId, fields, false);
    this.unanswered = this.unanswered.filter(id => id !== streamId);
    if (BODILESS.has(status) || (!isServer && streamId === HEAD_STREAM)) {
      return this.section(streamId, fields, !this.isOdd());
    }
    if (random.chance(0.15)) return this.measured(streamId, fields);
    const isEnd = random.chance(0.4);
    if (!isEnd) this.open.push(streamId);
    return this.section(streamId, fields, isEnd);
  }

  private measured(streamId: number, fields: readonly Pair[]): readonly Frame[] {
    const length = this.random.pick([0, 5, 10]);
    const head = this.section(streamId, [...fields, ['content-length', String(length)]], length === 0);
    if (length === 0) return head;
    const payload = Buffer.alloc(this.isOdd() ? length + 1 : length, 'l');
    return [...head, { type: TYPE.data, flags: this.isOdd() ? 0 : BIT.endStream, streamId, payload }];
  }

  private requestFields(): readonly Pair[] {
    const { random } = this;
    const pseudo: Pair[] = [
      [':method', this.isOdd() ? 'CONNECT' : random.pick(METHODS)],
      [':scheme', 'http'],
      [':authority', random.pick(['a.example', 'www.example.com'])],
      [':path', random.pick(PATHS)],
    ];
    while (this.isOdd()) pseudo.splice(random.below(pseudo.length), 1);
    return [...pseudo, ...this.regularFields()];
  }

  private responseFields(): readonly Pair[] {
    const status = this.random.pick(this.isOdd() ? ODD_STATUSES : STATUSES);
    return [...(this.isOdd() ? [] : [[':status', status] as const]), ...this.regularFields()];
  }

  private regularFields(): readonly Pair[] {
    const { random } = this;
    const fields: Pair[] = [];
    const count = random.below(4);
    for (let i = 0; i < count; i++) fields.push(random.pick(this.isOdd() ? ODD_FIELDS : FIELDS));
    return fields;
  }

  private trailers(): readonly Frame[] {
    if (this.open.length === 0 && !this.isOdd()) return this.message();
    const isEnd = !this.isOdd();
    const streamId = this.stream();
    if (isEnd) this.close(streamId);
    return this.section(streamId, this.regularFields(), isEnd);
  }

  /** HEADERS, with padding, priority and continuations as they fall. */
  private section(streamId: number, fields: readonly Pair[], isEnd: boolean): readonly Frame[] {
    const { random } = this;
    const block = this.blocks.write(fields, this.oddity);
    const cut = random.chance(0.2) ? random.below(block.length + 1) : block.length;
    const isWhole = cut === block.length;
    let flags = (isEnd ? BIT.endStream : 0) + (isWhole ? BIT.endHeaders : 0);
    let payload = block.subarray(0, cut);
    if (random.chance(0.1)) {
      flags += BIT.priority;
      payload = Buffer.concat([Buffer.from([0, 0, 0, this.isOdd() ? streamId % 256 : 0, 9]), payload]);
    }
    if (random.chance(0.1)) {
      flags += BIT.padded;
      payload = this.pad(payload);
    }
    const head: Frame = { type: TYPE.headers, flags, streamId, payload };
    return isWhole ? [head] : [head, ...this.continuations(streamId, block.subarray(cut))];
  }

  private continuations(streamId: number, rest: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    if (this.isOdd()) frames.push({ type: TYPE.ping, payload: Buffer.alloc(8) });
    if (this.random.chance(0.1)) frames.push({ type: TYPE.continuation, streamId });
    const flags = this.isOdd() ? 0 : BIT.endHeaders;
    frames.push({ type: TYPE.continuation, flags, streamId: this.isOdd() ? streamId + 2 : streamId, payload: rest });
    return frames;
  }

  private data(): readonly Frame[] {
    const { random } = this;
    if (this.open.length === 0 && !this.isOdd()) return this.message();
    const streamId = this.stream();
    const isEnd = random.chance(0.5);
    const body = Buffer.alloc(random.pick([0, 1, 5, 5, 10, 300]), 'd');
    const isPadded = random.chance(0.15);
    if (isEnd) this.close(streamId);
    const flags = (isEnd ? BIT.endStream : 0) + (isPadded ? BIT.padded : 0);
    return [{ type: TYPE.data, flags, streamId, payload: isPadded ? this.pad(body) : body }];
  }

  private pad(payload: Buffer): Buffer {
    const length = this.random.below(20);
    const said = this.isOdd() ? length + payload.length + 1 : length;
    return Buffer.concat([Buffer.from([said]), payload, Buffer.alloc(length)]);
  }

  private settings(): Frame {
    const { random } = this;
    const count = random.below(3);
    const payload = Buffer.alloc(count * 6 + (this.isOdd() ? 1 : 0));
    for (let i = 0; i < count; i++) {
      const [id, value] = random.pick(this.isOdd() ? ODD_SETTINGS : SETTINGS);
      payload.writeUInt16BE(id, i * 6);
      payload.writeUInt32BE(value, i * 6 + 2);
    }
    return { type: TYPE.settings, streamId: this.isOdd() ? 1 : 0, payload };
  }

  private windowUpdate(): Frame {
    const payload = Buffer.alloc(this.isOdd() ? 5 : 4);
    payload.writeUInt32BE(this.random.pick(this.isOdd() ? ODD_INCREMENTS : INCREMENTS));
    return { type: TYPE.windowUpdate, streamId: this.random.chance(0.3) ? 0 : this.stream(), payload };
  }

  private reset(): Frame {
    const streamId = this.stream();
    this.close(streamId);
    return { type: TYPE.reset, streamId, payload: Buffer.from(this.isOdd() ? [0, 0, 8] : [0, 0, 0, this.random.below(16)]) };
  }

  private goAway(): Frame {
    const payload = Buffer.alloc(this.isOdd() ? 7 : 8 + this.random.below(5));
    payload.writeUInt32BE(this.random.below(9));
    return { type: TYPE.goAway, streamId: this.isOdd() ? 1 : 0, payload };
  }

  /** One frame over and over: each kind has been used for a flood. */
  private flood(): readonly Frame[] {
    const frame = this.random.pick<() => Frame>([
      () => ({ type: TYPE.ping, payload: Buffer.alloc(8) }),
      () => ({ type: TYPE.settings }),
      () => ({ type: TYPE.data, streamId: this.stream() }),
      () => ({ type: TYPE.priority, streamId: 1, payload: Buffer.alloc(5) }),
      () => ({ type: 0xfb }),
      () => this.windowUpdate(),
      () => this.reset(),
      () => ({ type: TYPE.headers, flags: BIT.endHeaders, streamId: 1, payload: INTERIM }),
    ]);
    const frames: Frame[] = [];
    for (let i = 0; i < FLOOD_FRAMES; i++) {
      if (this.role === 'server' && this.random.chance(0.3)) frames.push(...this.message());
      frames.push(frame());
    }
    return frames;
  }

  /** As much as the windows of some streams let through, on streams that nobody reads: more than the window of the connection. */
  private unreadBodies(): readonly Frame[] {
    const payload = Buffer.alloc(16_384, 'u');
    return Array.from({ length: 10 }, () => {
      const streamId = this.nextStream();
      const head = this.section(streamId, UNREAD, false);
      return [...head, ...Array.from({ length: 16 }, () => ({ type: TYPE.data, streamId, payload }))];
    }).flat();
  }

  /** More than the window of a stream, on one that may not be read. */
  private largeBody(): readonly Frame[] {
    const streamId = this.stream();
    this.close(streamId);
    const payload = Buffer.alloc(16_384, 'z');
    return Array.from({ length: 10 + this.random.below(60) }, () => ({ type: TYPE.data, streamId, payload }));
  }

  /** One that is open, mostly. */
  private stream(): number {
    const { random } = this;
    if (this.isOdd()) return random.pick(ODD_STREAMS);
    if (this.role === 'client' && this.open.length === 0) return random.pick(OPENED_STREAMS);
    return this.open.length === 0 ? Math.max(1, this.lastStreamId) : random.pick(this.open);
  }

  private nextStream(): number {
    if (this.isOdd()) return this.random.pick(ODD_STREAMS);
    this.lastStreamId += this.random.chance(0.05) ? 4 : 2;
    return this.lastStreamId;
  }

  /** Undefined where every request has its head. */
  private nextAnswered(): number | undefined {
    if (this.isOdd()) return this.stream();
    return this.unanswered.length === 0 ? undefined : this.random.pick(this.unanswered);
  }

  private close(streamId: number): void {
    const index = this.open.indexOf(streamId);
    if (index !== -1) this.open.splice(index, 1);
  }

  private isOdd(): boolean {
    return this.oddity > 0 && this.random.chance(this.oddity);
  }
}

function statusOf(fields: readonly Pair[]): string {
  return fields.find(([name]) => name === ':status')?.[1] ?? '';
}

/** As bytes. */
export function bytesOfFrames(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.map(frame => http2Frame(frame)));
}
