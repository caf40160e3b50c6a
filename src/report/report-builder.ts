/** Gathers what a format's reader finds, in whatever order, into one report. */
import { reportFailure } from './failures.ts';
import { FindingTable, NameBudget, ownText } from './intern.ts';
import type { FindingDraft } from './intern.ts';
import type { ReportLimits } from './limits.ts';
import type { Component, Finding, Report } from './model.ts';
import { madeUpRef, refOfLink } from './refs.ts';

/** A component as a format gives it; `ref` is missing when the document has none. */
export type ComponentDraft = Omit<Component, 'ref' | 'findings'> & { ref?: string };

/** What stands about the document itself. */
export type Heading = Omit<Report, 'components'>;

/** The findings of one component, each once. Most have a few; a set for each would cost more than the findings. */
class FindingList {
  readonly items: Finding[] = [];
  #set: Set<Finding> | undefined;

  /** False when it is there already. */
  add(finding: Finding): boolean {
    if (this.#set ? this.#set.has(finding) : this.items.includes(finding)) return false;
    this.items.push(finding);
    if (this.#set) this.#set.add(finding);
    else if (this.items.length > 16) this.#set = new Set(this.items);
    return true;
  }
}

interface Slot {
  component: Component;
  findings: FindingList;
}

export class ReportBuilder {
  readonly #limits: ReportLimits;
  readonly #names: NameBudget;
  readonly #table: FindingTable;
  readonly #slots: (Slot | undefined)[] = [];
  readonly #byRef = new Map<string, Slot>();
  readonly #waiting = new Map<string, FindingList>();
  #findings = 0;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
    this.#names = new NameBudget(limits.maxNames);
    this.#table = new FindingTable(limits.maxKeptText, this.#names);
  }

  /** The finding itself; to be given to a component by `add` or `affect`. */
  finding(draft: FindingDraft): Finding {
    return this.#table.intern(draft);
  }

  /** Holds a component's place while its content is still being read: parents stand before what they contain. */
  reserve(): number {
    if (this.#slots.length >= this.#limits.maxComponents) {
      throw reportFailure(
        'ReportTooLarge',
        `the report has more than ${this.#limits.maxComponents} components`,
      );
    }
    return this.#slots.push(undefined) - 1;
  }

  /** Puts a component into its place. Of two with the same ref the later is given one of its own. */
  add(draft: ComponentDraft, findings: Iterable<Finding> = [], place = this.reserve()): void {
    const given =
      draft.ref !== undefined && draft.ref !== '' && !this.#byRef.has(draft.ref)
        ? ownText(draft.ref)
        : undefined;
    const component: Component = { ...this.#kept(draft), ref: given ?? madeUpRef(place), findings: [] };
    const slot: Slot = { component, findings: new FindingList() };
    this.#slots[place] = slot;
    if (given !== undefined) this.#byRef.set(given, slot);
    for (const finding of findings) this.#give(slot.findings, finding);
  }

  /** Gives a finding to the component named by `ref`, which may come later in the document. */
  affect(ref: string, finding: Finding): void {
    const slot = this.#byRef.get(ref);
    if (slot) return this.#give(slot.findings, finding);
    const waiting = this.#waiting.get(ref);
    if (waiting) return this.#give(waiting, finding);
    const list = new FindingList();
    this.#names.take(ref);
    this.#waiting.set(ownText(ref), list);
    this.#give(list, finding);
  }

  /** A finding must never be lost: one that names a component we were not given brings its own. */
  finish(heading: Heading, subjectRef?: string): Report {
    for (const [ref, { items }] of this.#waiting) {
      const target = this.#byRef.get(ref) ?? this.#byRef.get(refOfLink(ref));
      if (target) for (const finding of items) target.findings.add(finding);
      else this.#addUnlisted(ref, items, heading, subjectRef);
    }
    const components: Component[] = [];
    for (const slot of this.#slots) {
      if (!slot) continue;
      slot.component.findings = slot.findings.items;
      components.push(slot.component);
    }
    return { ...heading, components };
  }

  #addUnlisted(
    ref: string,
    findings: readonly Finding[],
    heading: Heading,
    subjectRef: string | undefined,
  ): void {
    const place = this.reserve();
    const subject = heading.subject;
    const isSubject = ref === '' || ref === subjectRef || refOfLink(ref) === subjectRef;
    const draft: ComponentDraft = isSubject
      ? {
          ref,
          type: subject?.type ?? 'application',
          name: subject?.name ?? '',
          version: subject?.version,
          purl: subject?.purl,
          licenses: [],
        }
      : { ref, type: 'library', name: ref, purl: ref.startsWith('pkg:') ? ref : undefined, licenses: [] };
    this.#findings -= findings.length; // counted when they were told
    this.add(draft, findings, place);
  }

  #give(to: FindingList, finding: Finding): void {
    if (!to.add(finding)) return;
    this.#findings += 1;
    if (this.#findings > this.#limits.maxFindings) {
      throw reportFailure('ReportTooLarge', `the report has more than ${this.#limits.maxFindings} findings`);
    }
  }

  #kept(draft: ComponentDraft): Omit<Component, 'ref' | 'findings'> {
    for (const text of [draft.ref, draft.name, draft.version, draft.purl, draft.cpe]) this.#names.take(text);
    return {
      type: this.#table.word(draft.type),
      group: draft.group === undefined ? undefined : this.#table.word(draft.group),
      name: ownText(draft.name),
      version: draft.version === undefined ? undefined : ownText(draft.version),
      purl: draft.purl === undefined ? undefined : ownText(draft.purl),
      cpe: draft.cpe === undefined ? undefined : ownText(draft.cpe),
      licenses: draft.licenses.map((license) => this.#table.word(license)),
      licenseForms: draft.licenseForms,
    };
  }
}
