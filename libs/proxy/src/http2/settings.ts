// SPDX-License-Identifier: Apache-2.0
import {
  ConnectionError,
  ERROR_CODE,
  FLAG,
  FRAME,
  frameHeadText,
  INITIAL_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  MAX_WINDOW_BYTES,
  uint32Text,
} from './frame.ts';

/** Identifiers of settings (RFC 9113 §6.5.2, RFC 8441 §3). */
export const SETTING = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
  enableConnectProtocol: 0x8,
} as const;

const SETTING_BYTES = 6;
/** Of the dynamic table of HPACK (RFC 9113 §6.5.2). */
const INITIAL_TABLE_BYTES = 4_096;

/** What a peer allows us; before its settings come, the protocol's own values. */
export interface PeerSettings {
  initialWindowBytes: number;
  maxConcurrentStreams: number;
  /** Takes extended CONNECT (RFC 8441). */
  takesConnectProtocol: boolean;
  /** Has ever said that pushes are welcome: for a client to say alone (RFC 9113 §6.5.2). */
  allowsPush: boolean;
  /** Has at some time allowed less than the table of header fields that a connection begins with. */
  hasSmallTable: boolean;
}

/** Before a client's or server's settings have come (RFC 9113 §6.5.2 has no limit of streams; 100 is its advice to all). */
export function createPeerSettings(): PeerSettings {
  return {
    initialWindowBytes: INITIAL_WINDOW_BYTES,
    maxConcurrentStreams: 100,
    takesConnectProtocol: false,
    allowsPush: false,
    hasSmallTable: false,
  };
}

/** A SETTINGS frame as latin1 text. */
export function settingsText(settings: readonly (readonly [identifier: number, value: number])[]): string {
  let text = frameHeadText({ length: settings.length * SETTING_BYTES, type: FRAME.settings, flags: FLAG.none, streamId: 0 });
  for (const [identifier, value] of settings) text += String.fromCharCode(0, identifier) + uint32Text(value);
  return text;
}

/** Takes over what a SETTINGS payload says. Throws ConnectionError. */
export function applySettings(payload: Buffer, settings: PeerSettings): void {
  if (payload.length % SETTING_BYTES !== 0) {
    throw new ConnectionError(ERROR_CODE.frameSizeError, 'settings of an odd length');
  }
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    applySetting(settings, payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
}

function applySetting(settings: PeerSettings, identifier: number, value: number): void {
  switch (identifier) {
    case SETTING.headerTableSize:
      if (value < INITIAL_TABLE_BYTES) settings.hasSmallTable = true;
      break;
    case SETTING.enablePush:
    case SETTING.enableConnectProtocol:
      if (value > 1) throw new ConnectionError(ERROR_CODE.protocolError, `setting ${identifier} is ${value}, neither 0 nor 1`);
      if (identifier === SETTING.enableConnectProtocol) settings.takesConnectProtocol = value === 1;
      else settings.allowsPush ||= value === 1;
      break;
    case SETTING.initialWindowSize:
      if (value > MAX_WINDOW_BYTES) throw new ConnectionError(ERROR_CODE.flowControlError, `an initial window of ${value} bytes`);
      settings.initialWindowBytes = value;
      break;
    case SETTING.maxFrameSize:
      if (value < MAX_FRAME_BYTES || value > 0xff_ffff) {
        throw new ConnectionError(ERROR_CODE.protocolError, `a largest frame of ${value} bytes`);
      }
      break;
    case SETTING.maxConcurrentStreams:
      settings.maxConcurrentStreams = value;
      break;
    default:
      // Nothing is put into a table of ours or sent in larger frames, and unknown settings are ignored (RFC 9113 §6.5.2).
      break;
  }
}
