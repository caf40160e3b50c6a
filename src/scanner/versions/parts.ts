/** Small comparisons that several schemes share. */

/** A number as long as it is written: a bigint beyond what a double holds exactly. JavaScript compares the two. */
export type Whole = number | bigint;

/** Reads decimal digits and nothing else. */
export function wholeOf(digits: string): Whole {
  return digits.length <= 15 ? Number(digits) : BigInt(digits);
}

/** Ascending order of anything `<` orders: numbers with bigints, strings by code unit. */
export function order<T extends Whole | string>(a: T, b: T): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Element by element; where one list ends `fill` stands in for what it lacks. */
export function orderPadded<T>(
  a: readonly T[],
  b: readonly T[],
  fill: T,
  compare: (x: T, y: T) => number,
): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const result = compare(a[i] ?? fill, b[i] ?? fill);
    if (result !== 0) return result;
  }
  return 0;
}

/** Element by element; where all that both have is equal the longer list is the higher. */
export function orderLists<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) continue;
    const result = compare(x, y);
    if (result !== 0) return result;
  }
  return a.length - b.length;
}

export const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);
