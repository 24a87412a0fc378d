// SPDX-License-Identifier: Apache-2.0
import { Html } from './html.ts';

/** Drawings instead of photographs or emoji: they need no file, no font and no licence. */
const DRAWINGS: Readonly<Record<string, string>> = {
  kayak: `<path d="M6 64Q60 104 114 64Q60 50 6 64Z"/><ellipse cx="60" cy="66" rx="17" ry="5"/><path d="M26 26L94 100"/>
    <path d="M26 26Q13 22 12 10Q25 11 26 26Z"/><path d="M94 100Q107 103 109 115Q96 114 94 100Z"/>`,
  paddle: `<path d="M30 20L74 78"/><path d="M22 24L38 14"/><path d="M74 78Q66 96 84 110Q104 106 106 88Q92 70 74 78Z"/><path d="M80 84L96 102"/>`,
  lantern: `<path d="M42 32H78L86 96H34Z"/><path d="M38 96H82V106H38Z"/><path d="M46 32V24H74V32"/><path d="M48 24Q60 2 72 24"/>
    <path d="M60 82Q46 74 56 60Q58 54 58 46Q74 58 70 72Q67 80 60 82Z"/>`,
  boots: `<path d="M38 12H70V66Q72 78 92 82Q106 86 106 98H38Z"/><path d="M34 98H108V108H34Z"/><path d="M38 26H70M56 40H70M56 52H70"/>`,
  compass: `<circle cx="60" cy="64" r="46"/><circle cx="60" cy="64" r="36"/><path d="M76 42L68 72L44 86L52 56Z"/><circle cx="60" cy="64" r="3"/>
    <path d="M52 12H68V18H52Z"/>`,
  flask: `<path d="M40 34H80V100Q80 110 70 110H50Q40 110 40 100Z"/><path d="M44 34V18Q44 12 50 12H70Q76 12 76 18V34"/><path d="M40 52H80M40 92H80"/>
    <path d="M80 58Q98 58 98 72Q98 86 80 86"/>`,
};

const WATER = '<path d="M10 50Q35 30 60 50T110 50M10 74Q35 54 60 74T110 74"/>';

/** The mark of the shop. */
export const MARK = new Html(`<svg viewBox="0 0 120 120" aria-hidden="true">${WATER}</svg>`);

/** A picture of a product; of one that nobody has drawn yet, water. */
export function drawProduct(id: string): Html {
  return new Html(`<svg viewBox="0 0 120 120" aria-hidden="true">${DRAWINGS[id] ?? WATER}</svg>`);
}
