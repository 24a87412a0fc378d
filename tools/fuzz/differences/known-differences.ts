// SPDX-License-Identifier: Apache-2.0
import type { KnownDifference } from './known-difference.ts';
import { LLHTTP_IS_STRICTER } from './llhttp-is-stricter.ts';
import { READ_DIFFERENTLY } from './read-differently.ts';
import { WEIR_IS_STRICTER } from './weir-is-stricter.ts';

/** All that is known. A difference that none of these explains is a defect, in the codec or in this list. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [...WEIR_IS_STRICTER, ...LLHTTP_IS_STRICTER, ...READ_DIFFERENTLY];

/** A name for what is refused once the head or line that it stands in is complete: Weir judges whole ones. */
export const JUDGED_LATER = 'judged-later';
