// SPDX-License-Identifier: Apache-2.0
import { FieldBlock } from './field-block.ts';
import type { FieldLimits } from './field-block.ts';
import { ConnectionError, ERROR_CODE, FLAG } from './frame.ts';
import type { FrameHead } from './frame.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import { HpackError } from './hpack/hpack-error.ts';

export interface BlockLimits extends FieldLimits {
  /** Of a header block as it is sent: what is above the other limits is read up to here, and refused on its stream alone. */
  readonly maxFieldBlockBytes: number;
}

export interface HeaderBlocksOptions {
  readonly limits: BlockLimits;
  /** `head`: of the HEADERS frame. */
  onBlock(head: FrameHead, block: FieldBlock): void;
  /** A continuation that costs more to keep than it brings. */
  onSmallContinuation(): void;
}

/** What a peer's table may take (RFC 7541 §6.5.2); the protocol's own value, so that it need not be told. */
const TABLE_BYTES = 4_096;
const PRIORITY_BYTES = 5;
/** Who has to split a block fills frames, but for the last one. */
const SMALL_CONTINUATION_BYTES = 256;

/** Puts HEADERS and CONTINUATION frames together to header blocks and decodes these (RFC 9113 §4.3 and §6.10). */
export class HeaderBlocks {
  private readonly options: HeaderBlocksOptions;
  private readonly decoder = new HpackDecoder(TABLE_BYTES);
  private head: FrameHead | undefined;
  private fragments: Buffer[] = [];
  private fragmentBytes = 0;

  constructor(options: HeaderBlocksOptions) {
    this.options = options;
  }

  /** Within a block: nothing but its continuation may come. */
  get isOpen(): boolean {
    return this.head !== undefined;
  }

  begin(head: FrameHead, payload: Buffer): void {
    if (head.streamId === 0) throw new ConnectionError(ERROR_CODE.protocolError, 'a header section without a stream');
    const fragment = fragmentOf(head, payload);
    if ((head.flags & FLAG.endHeaders) !== 0) this.decode(head, fragment);
    else {
      this.head = head;
      this.add(fragment);
    }
  }

  goOn({ streamId, flags }: FrameHead, payload: Buffer): void {
    const { head } = this;
    if (head?.streamId !== streamId) throw new ConnectionError(ERROR_CODE.protocolError, 'a continuation of nothing');
    const isLast = (flags & FLAG.endHeaders) !== 0;
    if (payload.length === 0 || (!isLast && payload.length < SMALL_CONTINUATION_BYTES)) this.options.onSmallContinuation();
    this.add(payload);
    if (!isLast) return;
    const block = Buffer.concat(this.fragments);
    this.head = undefined;
    this.fragments = [];
    this.fragmentBytes = 0;
    this.decode(head, block);
  }

  /**
   * A block that is somewhat too large has to be decoded all the same, as other streams need what it puts into the table. Keeping and
   * decoding a much larger one is what a flood of continuations is after (CVE-2024-27316): the connection ends (RFC 9113 §10.5.1).
   */
  private add(fragment: Buffer): void {
    this.fragmentBytes += fragment.length;
    const { maxFieldBlockBytes } = this.options.limits;
    if (this.fragmentBytes > maxFieldBlockBytes) {
      throw new ConnectionError(ERROR_CODE.enhanceYourCalm, `a header block of more than ${maxFieldBlockBytes} bytes`);
    }
    this.fragments.push(Buffer.from(fragment));
  }

  private decode(head: FrameHead, bytes: Buffer): void {
    const block = new FieldBlock(this.options.limits);
    try {
      this.decoder.decode(bytes, block.take);
    } catch (reason) {
      if (reason instanceof HpackError) throw new ConnectionError(ERROR_CODE.compressionError, reason.message);
      throw reason;
    }
    block.finish();
    this.options.onBlock(head, block);
  }
}

/** The payload of a HEADERS frame without padding and priority (RFC 9113 §6.2). */
function fragmentOf({ flags, streamId }: FrameHead, payload: Buffer): Buffer {
  let start = 0;
  let end = payload.length;
  if ((flags & FLAG.padded) !== 0) {
    end -= payload[0] ?? 0;
    start = 1;
  }
  if ((flags & FLAG.priority) !== 0) {
    if (start + PRIORITY_BYTES <= end && payload.readUInt32BE(start) % 0x8000_0000 === streamId) {
      throw new ConnectionError(ERROR_CODE.protocolError, 'a stream that depends on itself');
    }
    start += PRIORITY_BYTES;
  }
  if (start > end) throw new ConnectionError(ERROR_CODE.protocolError, 'more padding than payload');
  return payload.subarray(start, end);
}
