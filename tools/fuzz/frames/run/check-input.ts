// SPDX-License-Identifier: Apache-2.0
import { HTTP2_PREFACE, http2FramesIn, type TestFrame } from '@weir/testing';
import { type ConnectionState, createConnectionState, isOver } from '../model/connection-state.ts';
import { type Demand, judge, type Reaction } from '../model/demand.ts';
import { type Field, HpackModel } from '../model/hpack-model.ts';
import { receiveFrame } from '../model/received-frames.ts';
import { sendFrame } from '../model/sent-frames.ts';
import { CODE, MAX_FRAME, TYPE, WEIR_LIMITS } from '../model/words.ts';
import { createSubject } from '../subjects/create-subject.ts';
import type { Role, Subject } from '../subjects/subject.ts';

/** What one input did. */
export interface Checked {
  /** What is wrong, or nothing. */
  readonly problem: string | undefined;
  /** What the frames were answered with, for counting. */
  readonly rules: readonly string[];
  /** Whether it ended the connection with an error. */
  readonly isEnded: boolean;
  /** Fields of each sound head section, as the model reads them. */
  readonly heads: readonly (readonly Field[])[];
}

/** What docs/limits.md allows a connection to hold for slow takers, and a frame that comes just before. */
const MAX_HELD_BYTES = 2 * 1024 * 1024 + 2 * MAX_FRAME;
const FRAME_HEAD_BYTES = 9;

/** Gives an input to the side under test frame by frame, and compares each reaction with the model. */
export function checkInput(bytes: Buffer, role: Role): Checked {
  return new Check(role).run(bytes);
}

class Check {
  private readonly subject: Subject;
  private readonly state: ConnectionState;
  private readonly rules = new Set<string>();

  constructor(role: Role) {
    this.subject = createSubject(role);
    this.state = createConnectionState(role);
  }

  run(bytes: Buffer): Checked {
    const problem = this.begin() ?? this.receiveAll(bytes) ?? this.finish();
    const { goneCode, heads } = this.state;
    return { problem, rules: [...this.rules], isEnded: goneCode !== undefined && goneCode !== 0, heads };
  }

  private begin(): string | undefined {
    if (this.state.role === 'server') this.subject.push(HTTP2_PREFACE);
    return this.react([], undefined);
  }

  private receiveAll(bytes: Buffer): string | undefined {
    let at = 0;
    for (const read of http2FramesIn(bytes)) {
      const frame = { ...read, streamId: read.streamId % 2 ** 31 };
      if (this.subject.isOver) return undefined;
      const end = at + FRAME_HEAD_BYTES + frame.payload.length;
      const demands = receiveFrame(this.state, frame);
      this.subject.push(bytes.subarray(at, end));
      at = end;
      const problem = this.react(demands, frame);
      if (problem !== undefined) return `frame at byte ${end - FRAME_HEAD_BYTES - frame.payload.length}: ${problem}`;
    }
    return undefined;
  }

  /** What the side under test sends is judged twice: as an answer, and by itself. */
  private react(demands: readonly Demand[], frame: TestFrame | undefined): string | undefined {
    for (const { kind, rule } of demands) this.rules.add(`${kind}: ${rule}`);
    const sent = http2FramesIn(this.subject.takeSent());
    const reaction = { ...reactionOf(sent, frame?.streamId), isOver: this.subject.isOver, isFull: this.isFull() };
    for (const each of sent) {
      const problem = sendFrame(this.state, each);
      if (problem !== undefined) return problem;
    }
    return judge(demands, reaction) ?? this.invariantFault(reaction);
  }

  /** The stream of the frame itself included. */
  private isFull(): boolean {
    return [...this.state.streams.values()].filter(stream => !isOver(stream)).length > WEIR_LIMITS.streams;
  }

  /** What a stream held that was reset is gone, which the double does not see. */
  private hasReset(): boolean {
    return [...this.state.streams.values()].some(({ resetBy }) => resetBy !== 'nobody');
  }

  private invariantFault({ goAwayCode }: Reaction): string | undefined {
    const { subject, state } = this;
    if (goAwayCode === CODE.internal) return 'an internal error';
    if (goAwayCode !== undefined && !subject.isOver) return 'a GOAWAY that ended nothing';
    if (!subject.isOver && state.acksDue > 0) return 'SETTINGS without an acknowledgement';
    if (!subject.isOver && state.pongsDue.length > 0) return 'a PING without an answer';
    if (subject.heldBytes > MAX_HELD_BYTES && !this.hasReset()) return `${subject.heldBytes} bytes are held`;
    return subject.complaints[0];
  }

  /** An ended connection says and hears no more. */
  private finish(): string | undefined {
    const { subject } = this;
    if (subject.isOver) {
      subject.push(Buffer.from('00000806000000000070696e6770696e67', 'hex'));
      if (subject.takeSent().length > 0) return 'something was sent after the end';
    }
    return subject.complaints[0] ?? this.readingFault();
  }

  /** Heads that came through have to be among those of the model, in its order. */
  private readingFault(): string | undefined {
    let at = 0;
    const heads = this.state.heads.map(fields => JSON.stringify(fields.filter(([name]) => name.startsWith('x-'))));
    for (const head of this.subject.heads) {
      at = heads.indexOf(JSON.stringify(head.filter(([name]) => name.startsWith('x-'))), at) + 1;
      if (at === 0) return `a head was read that the model does not know: ${JSON.stringify(head)}`;
    }
    return undefined;
  }
}

function reactionOf(sent: readonly TestFrame[], streamId: number | undefined): Omit<Reaction, 'isFull' | 'isOver'> {
  const resets = sent.filter(({ type }) => type === TYPE.reset);
  const goAway = sent.find(({ type }) => type === TYPE.goAway);
  return {
    goAwayCode: goAway?.payload.readUInt32BE(4),
    resetCodes: resets.filter(frame => frame.streamId === streamId).map(({ payload }) => payload.readUInt32BE(0)),
    statuses: sent.filter(frame => frame.type === TYPE.headers && frame.streamId === streamId).map(statusOf),
    otherResets: resets.filter(frame => frame.streamId !== streamId).map(({ payload }) => payload.readUInt32BE(0)),
  };
}

/** Blocks of ours do not refer to each other, so that each can be read by itself. */
function statusOf({ payload }: TestFrame): number {
  return Number(new HpackModel().decode(payload).find(([name]) => name === ':status')?.[1] ?? 0);
}
