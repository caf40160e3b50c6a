/** Gathers what a format's reader finds, in whatever order, into one report. */
import { reportFailure } from './failures.ts';
import { FindingTable, ownText } from './intern.ts';
import type { FindingDraft } from './intern.ts';
import type { ReportLimits } from './limits.ts';
import type { Component, Finding, Report } from './model.ts';
import { madeUpRef, refOfLink } from './refs.ts';

/** A component as a format gives it; `ref` is missing when the document has none. */
export type ComponentDraft = Omit<Component, 'ref' | 'findings'> & { ref?: string };

/** What stands about the document itself. */
export type Heading = Omit<Report, 'components'>;

/** A component's findings as they are gathered: the same finding twice is one. */
interface Slot {
  component: Component;
  findings: Set<Finding>;
}

export class ReportBuilder {
  readonly #limits: ReportLimits;
  readonly #table: FindingTable;
  readonly #slots: (Slot | undefined)[] = [];
  readonly #byRef = new Map<string, Slot>();
  readonly #waiting = new Map<string, Set<Finding>>();
  #findings = 0;

  constructor(limits: ReportLimits) {
    this.#limits = limits;
    this.#table = new FindingTable(limits.maxKeptText);
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
    const slot: Slot = { component, findings: new Set() };
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
    const set = new Set<Finding>();
    this.#waiting.set(ownText(ref), set);
    this.#give(set, finding);
  }

  /** A finding must never be lost: one that names a component we were not given brings its own. */
  finish(heading: Heading, subjectRef?: string): Report {
    for (const [ref, findings] of this.#waiting) {
      const target = this.#byRef.get(ref) ?? this.#byRef.get(refOfLink(ref));
      if (target) for (const finding of findings) target.findings.add(finding);
      else this.#addUnlisted(ref, findings, heading, subjectRef);
    }
    const components: Component[] = [];
    for (const slot of this.#slots) {
      if (!slot) continue;
      slot.component.findings = [...slot.findings];
      components.push(slot.component);
    }
    return { ...heading, components };
  }

  #addUnlisted(
    ref: string,
    findings: Iterable<Finding>,
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
    this.#findings -= [...findings].length; // counted when they were told
    this.add(draft, findings, place);
  }

  #give(to: Set<Finding>, finding: Finding): void {
    if (to.has(finding)) return;
    to.add(finding);
    this.#findings += 1;
    if (this.#findings > this.#limits.maxFindings) {
      throw reportFailure('ReportTooLarge', `the report has more than ${this.#limits.maxFindings} findings`);
    }
  }

  #kept(draft: ComponentDraft): Omit<Component, 'ref' | 'findings'> {
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
