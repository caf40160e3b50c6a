/** Keeps equal findings once: scanners repeat the whole text of a vulnerability for every package that has it. */
import { reportFailure } from './failures.ts';
import type { Finding, Rating } from './model.ts';
import { severityOfRatings } from './severity.ts';

/** A finding as a format gives it, before its severity is worked out. */
export type FindingDraft = Omit<Finding, 'severity'>;

/** Counts the characters that must be kept. */
export class NameBudget {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Throws `ReportTooLarge` when nothing is left. */
  take(text: string | undefined): void {
    if (text === undefined) return;
    this.#left -= text.length;
    if (this.#left >= 0) return;
    throw reportFailure(
      'ReportTooLarge',
      `the report's names are longer than ${this.#most} characters together`,
    );
  }
}

/** A hostile report may tell one id in endless versions: only so many of them are compared. */
const comparedVersions = 8;
/** A slice this long points into the text it was cut from, and would keep all of that text in memory. */
const shortestSlice = 13;

/** One reader's table of findings. */
export class FindingTable {
  readonly #byId = new Map<string, Finding[]>();
  readonly #words = new Map<string, string>();
  readonly #names: NameBudget;
  #spare: number;

  /** `maxKeptText`: characters of descriptions and links kept before further findings go without them. */
  constructor(maxKeptText: number, names: NameBudget) {
    this.#spare = maxKeptText;
    this.#names = names;
  }

  /** The one finding equal to `draft`. */
  intern(draft: FindingDraft): Finding {
    const known = this.#byId.get(draft.id);
    if (known) for (const finding of known) if (isSame(finding, draft)) return finding;
    const finding = this.#keep(draft);
    if (!known) this.#byId.set(finding.id, [finding]);
    else if (known.length < comparedVersions) known.push(finding);
    return finding;
  }

  /** The one string equal to `word`: for names that many components repeat. */
  word(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    const kept = ownText(word);
    this.#names.take(kept);
    this.#words.set(kept, kept);
    return kept;
  }

  #keep(draft: FindingDraft): Finding {
    const length = textOf(draft);
    const full = length <= this.#spare;
    if (full) this.#spare -= length;
    for (const text of [draft.id, ...draft.aliases, ...draft.fixedIn]) this.#names.take(text);
    return {
      id: ownText(draft.id),
      severity: severityOfRatings(draft.ratings),
      ratings: draft.ratings.map((rating) => this.#keepRating(rating)),
      aliases: draft.aliases.map(ownText),
      description: full && draft.description !== undefined ? ownText(draft.description) : undefined,
      source: draft.source && {
        name: this.#optional(draft.source.name),
        url: full ? own(draft.source.url) : undefined,
      },
      advisories: full ? draft.advisories.map(ownText) : [],
      cwes: draft.cwes,
      fixedIn: draft.fixedIn.map(ownText),
      recommendation: full ? own(draft.recommendation) : undefined,
    };
  }

  #keepRating(rating: Rating): Rating {
    return {
      source: this.#optional(rating.source),
      severity: this.#optional(rating.severity),
      score: rating.score,
      method: this.#optional(rating.method),
      vector: this.#optional(rating.vector),
    };
  }

  #optional(word: string | undefined): string | undefined {
    return word === undefined ? undefined : this.word(word);
  }
}

function textOf(draft: FindingDraft): number {
  let length =
    (draft.description?.length ?? 0) + (draft.recommendation?.length ?? 0) + (draft.source?.url?.length ?? 0);
  for (const advisory of draft.advisories) length += advisory.length;
  return length;
}

/** The same text in memory of its own; a lone surrogate, which only JSON's escapes can make, becomes U+FFFD. */
export function ownText(text: string): string {
  return text.length < shortestSlice ? text : Buffer.from(text).toString();
}

function own(text: string | undefined): string | undefined {
  return text === undefined ? undefined : ownText(text);
}

function isSame(a: FindingDraft, b: FindingDraft): boolean {
  return (
    a.description === b.description &&
    a.recommendation === b.recommendation &&
    a.source?.name === b.source?.name &&
    a.source?.url === b.source?.url &&
    sameList(a.advisories, b.advisories) &&
    sameList(a.aliases, b.aliases) &&
    sameList(a.fixedIn, b.fixedIn) &&
    sameList(a.cwes, b.cwes) &&
    sameRatings(a.ratings, b.ratings)
  );
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function sameRatings(a: readonly Rating[], b: readonly Rating[]): boolean {
  return a.length === b.length && a.every((rating, index) => sameRating(rating, b[index]));
}

function sameRating(a: Rating, b: Rating | undefined): boolean {
  return (
    a.source === b?.source &&
    a.severity === b?.severity &&
    a.score === b?.score &&
    a.method === b?.method &&
    a.vector === b?.vector
  );
}
