/** One question for OPA, whatever way it is asked, and what its answer comes to. */
import { z } from 'zod';
import type { Finding, Report } from '../../report/model.ts';
import { goVulnerability } from '../../report/go-view.ts';
import { PolicyProblem } from '../failures.ts';
import { denyInput, idsOf, objectionsByFinding } from '../judge.ts';
import type { Verdict } from '../verdict.ts';
import { objectionsOf, verdictOf } from '../violations.ts';

/**
 * A module with one rule, `answer`, that asks the policy under `data.<root>`; its package is `<root>.ask`, or `ask`. In
 * syntax that only Rego v0 has, so that an OPA which would read policies as v1 refuses it.
 */
export function askModule(contract: Verdict['contract'], root: string): string {
  const prefix = root === '' ? '' : `${root}.`;
  const value =
    contract === 'deny'
      ? `data.${prefix}main.deny`
      : `[[i, v] | input.vulnerabilities[i]; v := data.${prefix}policies.isCompliant with input as {"currentVulnerability": input.vulnerabilities[i]}]`;
  return `package ${prefix}ask\nanswer = x { x := ${value} }\n`;
}

/** The input of `askModule`'s rule, as JSON. */
export function inputText(contract: Verdict['contract'], report: Report): string {
  if (contract === 'deny') return JSON.stringify(denyInput(report));
  const vulnerabilities = findingsOf(report).map((finding) => goVulnerability(finding, report));
  return JSON.stringify({ vulnerabilities });
}

/** A vulnerability's place in the input, and the value of `isCompliant`; one that is undefined is not listed. */
const compliances = z.array(z.tuple([z.int(), z.unknown()]));

/** `answer`: the rule's value, undefined when it has none. Throws `PolicyProblem` `PolicyResultInvalid`. */
export function verdictOfAnswer(
  contract: Verdict['contract'],
  answer: unknown,
  report: Report,
  name: string,
): Verdict {
  if (contract === 'deny') return verdictOf(contract, objectionsOf(answer, name), idsOf(report));
  const parsed = compliances.safeParse(answer);
  if (!parsed.success) {
    const message = `policy ${name} failed: OPA gave no list of what isCompliant comes to`;
    throw new PolicyProblem({ code: 'PolicyResultInvalid', message });
  }
  const byPlace = new Map(parsed.data);
  const byFinding = new Map(findingsOf(report).map((finding, at) => [finding, byPlace.get(at)]));
  const objections = objectionsByFinding(report, (finding) => byFinding.get(finding), name);
  return verdictOf(contract, objections, idsOf(report));
}

function findingsOf(report: Report): Finding[] {
  return [...new Set(report.components.flatMap((component) => component.findings))];
}
