// SPDX-License-Identifier: Apache-2.0

/**
 * Lengths in bits of the codes of the 256 bytes (RFC 7541 Appendix B). The code is canonical: in the order of lengths and bytes
 * each code is the one before it plus one, so that the lengths are all there is to write down.
 */
// prettier-ignore
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/** The end-of-string symbol: 30 ones; only its beginning may occur, as padding. */
const EOS = 256;
const EOS_LENGTH = 30;

/** A step of the decoder takes four bits; a state is a node of the code's tree. */
const STEPS_PER_STATE = 16;
/** In a step: no byte is complete. */
const NO_BYTE = 0x100;
const NEXT_SHIFT = 9;
const REFUSED = -1;

interface Machine {
  /** By `state × 16 + bits`: `next state << 9 | byte or NO_BYTE`, or REFUSED. */
  readonly steps: Int32Array;
  /** By state: whether a string may end here, with at most seven bits of padding, all ones. */
  readonly isEnd: Uint8Array;
}

let machine: Machine | undefined;

/**
 * The text of a Huffman-coded string (RFC 7541 §5.2) in `bytes` from `start` to `end`, a character for each byte; undefined where
 * it is wrongly coded or padded.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  machine ??= createMachine();
  const { steps, isEnd } = machine;
  const decoded = roomFor(end - start);
  let length = 0;
  let state = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const high = steps[state * STEPS_PER_STATE + (byte >> 4)]!;
    if (high === REFUSED) return undefined;
    // The array keeps the low eight bits: the byte without the state above it.
    if ((high & NO_BYTE) === 0) decoded[length++] = high;
    const low = steps[(high >> NEXT_SHIFT) * STEPS_PER_STATE + (byte & 0xf)]!;
    if (low === REFUSED) return undefined;
    if ((low & NO_BYTE) === 0) decoded[length++] = low;
    state = low >> NEXT_SHIFT;
  }
  return isEnd[state] === 1 ? decoded.toString('latin1', 0, length) : undefined;
}

const SCRATCH_BYTES = 4_096;
const SHORTEST_CODE = 5;
/** A string that grew by one character at a time would leave an object for each of them. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** Memory for what so many bytes can stand for, valid until the next call. */
function roomFor(codedBytes: number): Buffer {
  const needed = Math.ceil((codedBytes * 8) / SHORTEST_CODE);
  return needed <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafeSlow(needed);
}

/** The children of the tree's inner nodes: above 0 another node, below 0 a leaf with the symbol `-child - 1`; 0 = not made yet. */
type Tree = [zero: number, one: number][];

function createMachine(): Machine {
  const tree = createTree();
  const steps = new Int32Array(tree.length * STEPS_PER_STATE);
  for (let state = 0; state < tree.length; state++) {
    for (let bits = 0; bits < STEPS_PER_STATE; bits++) steps[state * STEPS_PER_STATE + bits] = stepFrom(tree, state, bits);
  }
  return { steps, isEnd: endsOf(tree) };
}

function createTree(): Tree {
  const tree: Tree = [[0, 0]];
  const symbols = CODE_LENGTHS.map((length, byte) => ({ byte, length }));
  symbols.push({ byte: EOS, length: EOS_LENGTH });
  symbols.sort((left, right) => left.length - right.length || left.byte - right.byte);
  let code = 0;
  let before = 0;
  for (const { byte, length } of symbols) {
    code *= 2 ** (length - before);
    before = length;
    addLeaf(tree, { code, length, symbol: byte });
    code++;
  }
  return tree;
}

function addLeaf(tree: Tree, { code, length, symbol }: { code: number; length: number; symbol: number }): void {
  let node = 0;
  for (let shift = length - 1; shift > 0; shift--) {
    const children = tree[node]!;
    const bit = (code >> shift) & 1;
    if (children[bit] === 0) children[bit] = tree.push([0, 0]) - 1;
    node = children[bit]!;
  }
  tree[node]![code & 1] = -symbol - 1;
}

/** Four bits contain the end of one code at most, as none is shorter than five. */
function stepFrom(tree: Tree, state: number, bits: number): number {
  let node = state;
  let byte = NO_BYTE;
  for (let shift = 3; shift >= 0; shift--) {
    const child = tree[node]![(bits >> shift) & 1]!;
    if (child > 0) {
      node = child;
      continue;
    }
    byte = -child - 1;
    if (byte === EOS) return REFUSED;
    node = 0;
  }
  return (node << NEXT_SHIFT) | byte;
}

/** Padding is the beginning of EOS: ones from the root on, fewer than eight. */
function endsOf(tree: Tree): Uint8Array {
  const isEnd = new Uint8Array(tree.length);
  let node = 0;
  for (let ones = 0; ones < 8; ones++) {
    isEnd[node] = 1;
    node = tree[node]![1]!;
  }
  return isEnd;
}
