// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import { type ConnectionState, isIdle, openStream, type StreamState } from './connection-state.ts';
import { BlockError, type Field } from './hpack-model.ts';
import { only, whyNoRequest, whyNoResponse, whyNoTrailers } from './message-rules.ts';
import { BIT, MAX_FRAME, MAX_WINDOW, SETTING_ID, TYPE } from './words.ts';

type Complaint = string | undefined;

/** Says what is wrong about a frame that the side under test has sent, or nothing; notes what it changes. */
export function sendFrame(state: ConnectionState, frame: TestFrame): Complaint {
  if (frame.payload.length > MAX_FRAME) return 'a frame that is too large was sent';
  if (state.goneCode !== undefined && state.goneCode !== 0) return 'a frame was sent after a GOAWAY with an error';
  if (!state.hasSentSettings && frame.type !== TYPE.settings) return 'the first frame sent is no SETTINGS';
  if (state.sentBlock !== undefined && frame.type !== TYPE.continuation) return 'a frame was sent within a header block';
  const send = SENDERS.get(frame.type);
  return send === undefined ? `a frame of type ${frame.type} was sent` : send(state, frame);
}

type Send = (state: ConnectionState, frame: TestFrame) => Complaint;

const SENDERS: ReadonlyMap<number, Send> = new Map<number, Send>([
  [TYPE.data, sendData],
  [TYPE.headers, sendHeaders],
  [TYPE.reset, sendReset],
  [TYPE.settings, sendSettings],
  [TYPE.ping, sendPing],
  [TYPE.goAway, sendGoAway],
  [TYPE.windowUpdate, sendWindowUpdate],
  [TYPE.continuation, sendContinuation],
]);

function sendSettings(state: ConnectionState, { flags, payload }: TestFrame): Complaint {
  state.hasSentSettings = true;
  if ((flags & BIT.ack) !== 0) {
    state.acksDue -= 1;
    return state.acksDue < 0 ? 'settings were acknowledged that nobody sent' : undefined;
  }
  for (let at = 0; at < payload.length; at += 6) {
    if (payload.readUInt16BE(at) === SETTING_ID.window) state.receiveStart = payload.readUInt32BE(at + 2);
  }
  return undefined;
}

function sendPing(state: ConnectionState, { payload }: TestFrame): Complaint {
  return state.pongsDue.shift() === payload.toString('hex') ? undefined : 'a PING was answered that nobody sent';
}

function sendGoAway(state: ConnectionState, { payload }: TestFrame): Complaint {
  if (state.goneCode !== undefined) return 'a second GOAWAY was sent';
  state.goneCode = payload.readUInt32BE(4);
  return undefined;
}

function sendReset(state: ConnectionState, { streamId }: TestFrame): Complaint {
  const stream = state.streams.get(streamId);
  if (stream === undefined) return 'an idle stream was reset';
  if (stream.resetBy === 'us') return 'a stream was reset twice';
  stream.resetBy = 'us';
  return undefined;
}

function sendWindowUpdate(state: ConnectionState, { streamId, payload }: TestFrame): Complaint {
  const increment = payload.readUInt32BE(0);
  if (increment === 0 || increment > MAX_WINDOW) return 'a window update of 0 or beyond all bounds was sent';
  if (streamId === 0) {
    state.receiveWindow += increment;
    return state.receiveWindow > MAX_WINDOW ? 'the window of the connection grew beyond all bounds' : undefined;
  }
  const stream = state.streams.get(streamId);
  if (stream === undefined) return 'a window of an idle stream was sent';
  stream.receiveWindow += increment;
  return stream.receiveWindow > state.receiveStart ? 'the window of a stream grew beyond what was used of it' : undefined;
}

function sendData(state: ConnectionState, { streamId, flags, payload }: TestFrame): Complaint {
  const stream = state.streams.get(streamId);
  if (stream === undefined || stream.isLocalClosed || stream.resetBy !== 'nobody') return 'DATA was sent too late';
  stream.sendWindow -= payload.length;
  state.sendWindow -= payload.length;
  if ((flags & BIT.endStream) !== 0) endLocal(state, stream);
  const isBeyond = payload.length > 0 && (stream.sendWindow < 0 || state.sendWindow < 0);
  return isBeyond ? 'more DATA was sent than the windows let through' : undefined;
}

function sendHeaders(state: ConnectionState, { streamId, flags, payload }: TestFrame): Complaint {
  state.sentBlock = { streamId, isEnd: (flags & BIT.endStream) !== 0, fragments: [payload] };
  return (flags & BIT.endHeaders) === 0 ? undefined : finishBlock(state);
}

function sendContinuation(state: ConnectionState, { flags, payload }: TestFrame): Complaint {
  state.sentBlock?.fragments.push(payload);
  return (flags & BIT.endHeaders) === 0 ? undefined : finishBlock(state);
}

function finishBlock(state: ConnectionState): Complaint {
  const { sentBlock } = state;
  if (sentBlock === undefined) return 'a continuation of nothing was sent';
  state.sentBlock = undefined;
  const fields = decode(state, Buffer.concat(sentBlock.fragments));
  if (typeof fields === 'string') return `a block was sent that cannot be decoded: ${fields}`;
  const stream = state.streams.get(sentBlock.streamId);
  if (stream === undefined) return sendRequest(state, sentBlock, fields);
  if (stream.isLocalClosed || stream.resetBy !== 'nobody') return 'a section was sent on a stream that is over';
  if (sentBlock.isEnd) endLocal(state, stream);
  return whyNoSection(fields, sentBlock.isEnd, stream.method);
}

type SentBlock = NonNullable<ConnectionState['sentBlock']>;

function sendRequest(state: ConnectionState, { streamId, isEnd }: SentBlock, fields: readonly Field[]): Complaint {
  if (state.role === 'server') return 'an answer was sent on an idle stream';
  if (!isIdle(state, streamId) || streamId % 2 === 0) return 'a stream was opened out of turn';
  const stream = openStream(state, streamId);
  stream.method = only(fields, ':method') ?? '';
  stream.path = only(fields, ':path') ?? '';
  if (isEnd) endLocal(state, stream);
  return whyNoRequest(fields, isEnd);
}

function whyNoSection(fields: readonly Field[], isEnd: boolean, method: string): Complaint {
  const isHead = fields.some(([name]) => name === ':status');
  return isHead ? whyNoResponse(fields, isEnd, method) : whyNoTrailers(fields, isEnd);
}

function decode(state: ConnectionState, bytes: Buffer): readonly Field[] | string {
  try {
    return state.outgoing.decode(bytes);
  } catch (reason) {
    if (reason instanceof BlockError) return reason.message;
    throw reason;
  }
}

function endLocal(state: ConnectionState, stream: StreamState): void {
  stream.isLocalClosed = true;
  if (stream.isRemoteClosed) state.completedStreams += 1;
}
